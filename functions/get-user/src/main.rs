//! `GET /users/{user_id}`: returns the public card of a user to any signed-in caller.

use usher_contract::ClerkUserId;
use usher_runtime::{Backend, Problem, Request, RequestExt as _, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(get_user).await
}

async fn get_user(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let caller = backend.authenticate(request).await?;
    let id = request.path_parameter("user_id").unwrap_or_default();
    let id = ClerkUserId::parse(id).map_err(|_| Problem::not_found())?;
    let user = backend.store.get_user(&caller.subject, &id).await?;
    Ok(Response::ok(&user.clerk_user()?.card()))
}
