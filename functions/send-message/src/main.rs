//! `POST /threads/{thread_id}/messages`: adds a message to a thread.

use api::{Backend, JsonRequest as _, Request, RequestExt as _, Response};
use store::NewMessage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Error> {
    api::serve_api(send_message).await
}

async fn send_message(backend: &Backend, request: &Request) -> api::Result {
    let caller = backend.authenticate(request).await?;
    let thread = request.thread_id()?;
    let (message, once) = request.idempotent_json::<NewMessage>()?;
    let message = backend.store.send_message(&caller.user_id, thread, message, once.as_ref()).await?;
    Ok(Response::created(&message))
}
