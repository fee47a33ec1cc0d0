//! `GET /settings`: the caller's settings, with their version as `ETag`.

use api::{Backend, Request, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Error> {
    api::serve_api(get_settings).await
}

async fn get_settings(backend: &Backend, request: &Request) -> api::Result {
    let caller = backend.authenticate(request).await?;
    let settings = backend.store.settings(&caller.user_id).await?;
    Ok(Response::ok(&settings.values).etag(settings.version))
}
