//! `GET /users/me`: returns the caller's own Clerk user, without `private_metadata`.

use usher_runtime::{Backend, Request, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(get_current_user).await
}

async fn get_current_user(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let user = backend.store.get_current_user(&caller.subject).await?;
    Ok(Response::ok_text(user.clerk_user()?.without_private_metadata()))
}
