//! `PATCH /settings`: changes the caller's settings by a merge patch (RFC 7396). With `If-Match`, the change applies
//! only if the settings have one of those versions.

use usher_runtime::{Backend, ConditionalRequest as _, JsonRequest as _, Request, Response};
use usher_store::MergePatch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(update_settings).await
}

async fn update_settings(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let if_match = request.if_match();
    let patch = MergePatch::from(request.json_object()?);
    let settings = backend.store.update_settings(&caller.subject, &patch, &if_match).await?;
    Ok(Response::ok(&settings.values).etag(settings.version))
}
