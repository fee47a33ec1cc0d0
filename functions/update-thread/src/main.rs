//! `PATCH /threads/{thread_id}`: sets the title of a thread. A null title removes it.

use usher_runtime::{Backend, Fields, FromFields, InvalidField, JsonRequest as _, Request, RequestExt as _, Response};
use usher_store::Title;

struct UpdateThread {
    /// `null` removes the title.
    title: Option<Title>,
}

impl FromFields for UpdateThread {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        Ok(Self { title: fields.required("title")? })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(update_thread).await
}

async fn update_thread(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let id = request.thread_id()?;
    let body = request.json::<UpdateThread>()?;
    let thread = backend.store.update_thread(&caller.subject, id, body.title).await?;
    Ok(Response::ok(&thread))
}
