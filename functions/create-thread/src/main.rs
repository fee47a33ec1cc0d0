//! `POST /threads`: creates a thread.

use usher_runtime::{Backend, Fields, FromFields, InvalidField, JsonRequest as _, Request, Response};
use usher_store::Title;

struct CreateThread {
    title: Option<Title>,
}

impl FromFields for CreateThread {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        Ok(Self { title: fields.or_default("title")? })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(create_thread).await
}

async fn create_thread(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let (body, idempotency) = request.idempotent_json::<CreateThread>()?;
    let thread = backend.store.create_thread(&caller.subject, body.title, idempotency.as_ref()).await?;
    Ok(Response::created(&thread))
}
