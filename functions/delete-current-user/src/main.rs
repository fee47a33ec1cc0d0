//! `DELETE /users/me`: deletes the caller's account, at Clerk and then here, at once.
//!
//! Either half may fail, and the request be repeated, for as long as the token is good. The webhook that follows changes
//! nothing.

use api::{Backend, Request, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Error> {
    api::serve_api(delete_current_user).await
}

async fn delete_current_user(backend: &Backend, request: Request) -> api::Result {
    let caller = backend.authenticate(&request).await?;
    // Clerk first: were it the other way round, an account could be left there that is dead here.
    if !backend.clerk()?.delete(&caller.user_id).await? {
        tracing::info!(user = %caller.user_id, "Clerk has no such user any more");
    }
    backend.store.delete_user(&caller.user_id).await?;
    Ok(Response::deleted())
}
