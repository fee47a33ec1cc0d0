//! `DELETE /threads/{thread_id}`: deletes a thread with its messages.

use usher_runtime::{Backend, Request, RequestExt as _, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(delete_thread).await
}

async fn delete_thread(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    backend.store.delete_thread(&caller.subject, request.thread_id()?).await?;
    Ok(Response::no_content())
}
