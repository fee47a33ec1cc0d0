//! `GET /settings`: returns the caller's settings, with their version as `ETag`.

use usher_runtime::{Backend, Request, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(get_settings).await
}

async fn get_settings(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let settings = backend.store.get_settings(&caller.subject).await?;
    Ok(Response::ok(&settings.values).etag(settings.version))
}
