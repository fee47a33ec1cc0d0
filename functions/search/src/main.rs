//! `GET /search`: finds words in the caller's threads and messages.

use usher_runtime::{Backend, Request, RequestExt as _, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_search(search).await
}

async fn search(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let search = request.search()?;
    let (limit, cursor) = request.page(&caller.subject, search.list())?;
    let page = backend.store.search(&caller.subject, &search, limit, cursor).await?;
    Ok(Response::ok(&page))
}
