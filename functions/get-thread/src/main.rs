//! `GET /threads/{thread_id}`: one of the caller's threads.

use api::{Backend, Request, RequestExt as _, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Error> {
    api::serve_api(get_thread).await
}

async fn get_thread(backend: &Backend, request: &Request) -> api::Result {
    let caller = backend.authenticate(request).await?;
    let thread = backend.store.thread(&caller.user_id, request.thread_id()?).await?;
    Ok(Response::ok(&thread))
}
