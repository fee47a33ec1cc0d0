//! `DELETE /threads/{thread_id}/replies/{message_id}`: stops a reply. A reply that has ended stays as it is.

use usher_runtime::{Backend, Request, RequestExt as _, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(stop_reply).await
}

async fn stop_reply(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    backend.store.stop_reply(&caller.subject, request.thread_id()?, request.message_id()?).await?;
    Ok(Response::no_content())
}
