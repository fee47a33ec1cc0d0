//! `POST /threads`: creates a thread.

use usher_contract::CreateThread;
use usher_runtime::{Backend, JsonRequest as _, Request, Response};

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
