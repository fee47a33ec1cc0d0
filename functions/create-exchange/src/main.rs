//! `POST /threads/{thread_id}/exchanges`: adds a user's message and the assistant's answer. Both are stored, or neither.

use usher_contract::{CreateExchange, Exchange};
use usher_runtime::{Backend, JsonRequest as _, Request, RequestExt as _, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(create_exchange).await
}

async fn create_exchange(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let thread = request.thread_id()?;
    let (body, idempotency) = request.idempotent_json::<CreateExchange>()?;
    let exchange = body.into_messages();
    let [user, assistant] =
        backend.store.create_exchange(&caller.subject, thread, exchange, idempotency.as_ref()).await?;
    Ok(Response::created(&Exchange { user, assistant }))
}
