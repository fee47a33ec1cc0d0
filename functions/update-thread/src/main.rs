//! `PATCH /threads/{thread_id}`: sets the title of a thread. A null title removes it.

use usher_contract::UpdateThread;
use usher_runtime::{Backend, JsonRequest as _, Request, RequestExt as _, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(update_thread).await
}

async fn update_thread(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let id = request.thread_id()?;
    let body = request.json::<UpdateThread>()?;
    let thread = backend.store.update_thread(&caller.subject, id, body.title).await?;
    Ok(Response::ok(&thread))
}
