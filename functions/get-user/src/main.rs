//! `GET /users/{user_id}`: the public card of a user, for any signed-in caller.

use api::{Backend, Problem, Request, RequestExt as _, Response};
use store::ClerkUserId;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Error> {
    api::serve_api(get_user).await
}

async fn get_user(backend: &Backend, request: &Request) -> api::Result {
    let caller = backend.authenticate(request).await?;
    let id = request.path_parameter("user_id").unwrap_or_default();
    let id = ClerkUserId::parse(id).map_err(|_| Problem::not_found())?;
    let user = backend.store.user(&caller.user_id, &id).await?;
    Ok(Response::ok(&user.clerk_user()?.card()))
}
