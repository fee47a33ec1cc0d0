//! `POST /threads/{thread_id}/messages`: adds a message to a thread.

use usher_contract::CreateMessage;
use usher_runtime::{Backend, JsonRequest as _, Request, RequestExt as _, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(create_message).await
}

async fn create_message(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let thread = request.thread_id()?;
    let (message, idempotency) = request.idempotent_json::<CreateMessage>()?;
    let message = backend.store.create_message(&caller.subject, thread, message, idempotency.as_ref()).await?;
    Ok(Response::created(&message))
}
