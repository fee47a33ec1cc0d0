//! `GET /users/me/status`: returns whether the caller is signed in: `no_token`, `not_synced` or `signed_in`.

use serde_json::value::RawValue;
use usher_contract::LoginStatus;
use usher_runtime::{Backend, Problem, Request, Response};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_api(get_login_status).await
}

async fn get_login_status(backend: &Backend, request: &Request) -> usher_runtime::Result {
    let Some(identity) = backend.authenticate_if_present(request).await? else {
        return Ok(Response::ok(&LoginStatus::<Box<RawValue>>::NoToken));
    };
    let mut user = backend.store.get_current_user(&identity.subject).await;
    if matches!(user, Err(usher_store::Error::UserNotSynced)) && backend.sync_from_clerk(&identity.subject).await? {
        user = backend.store.get_current_user(&identity.subject).await;
    }
    let status = match user {
        Err(usher_store::Error::UserNotSynced) => LoginStatus::NotSynced { identity },
        user => {
            let user = user?.clerk_user()?.without_private_metadata();
            let user = RawValue::from_string(user).map_err(|_| Problem::internal())?;
            LoginStatus::SignedIn { identity, user }
        }
    };
    Ok(Response::ok(&status))
}
