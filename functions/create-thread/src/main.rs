//! `POST /threads`: creates a thread.

use api::{Backend, Request, Response};
use serde::Deserialize;
use store::Title;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateThread {
    title: Option<Title>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Error> {
    api::serve(Backend::init(), create_thread).await
}

async fn create_thread(backend: &Backend, mut request: Request) -> api::Result {
    let caller = backend.authenticate(&request).await?;
    let (body, once) = request.take_idempotent_json::<CreateThread>()?;
    let thread = backend.store.create_thread(&caller.user_id, body.title, once.as_ref()).await?;
    Ok(Response::created(&thread))
}
