//! `GET /threads`: the caller's threads, newest first.

use api::{Backend, Request, RequestExt as _, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Error> {
    api::serve_api(list_threads).await
}

async fn list_threads(backend: &Backend, request: &Request) -> api::Result {
    let caller = backend.authenticate(request).await?;
    let (limit, cursor) = request.page()?;
    let page = backend.store.list_threads(&caller.user_id, limit, cursor).await?;
    Ok(Response::ok(&page))
}
