//! `GET /threads/{thread_id}/messages`: a thread's messages, oldest first.

use api::{Backend, Request, RequestExt as _, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Error> {
    api::serve_api(list_messages).await
}

async fn list_messages(backend: &Backend, request: &Request) -> api::Result {
    let caller = backend.authenticate(request).await?;
    let thread = request.thread_id()?;
    let (limit, cursor) = request.page()?;
    let page = backend.store.list_messages(&caller.user_id, thread, limit, cursor).await?;
    Ok(Response::ok(&page))
}
