//! `GET /threads/{thread_id}/messages`: lists a thread's messages, oldest first.

use usher_runtime::{Backend, Request, RequestExt as _, Response};
use usher_store::List;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_list(list_messages).await
}

async fn list_messages(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let thread = request.thread_id()?;
    let (limit, cursor) = request.page(&caller.subject, List::Messages(thread))?;
    let page = backend.store.list_messages(&caller.subject, thread, limit, cursor).await?;
    Ok(Response::ok(&page))
}
