//! `GET /threads`: lists the caller's threads, newest first.

use usher_runtime::{Backend, Request, RequestExt as _, Response};
use usher_store::List;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_list(list_threads).await
}

async fn list_threads(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let (limit, cursor) = request.page(&caller.subject, List::Threads)?;
    let page = backend.store.list_threads(&caller.subject, limit, cursor).await?;
    Ok(Response::ok(&page))
}
