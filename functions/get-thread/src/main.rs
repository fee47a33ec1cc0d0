//! `GET /threads/{thread_id}`: returns one of the caller's threads.

use usher_runtime::{Backend, Request, RequestExt as _, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(get_thread).await
}

async fn get_thread(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let thread = backend.store.get_thread(&caller.subject, request.thread_id()?).await?;
    Ok(Response::ok(&thread))
}
