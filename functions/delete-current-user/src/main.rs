//! `DELETE /users/me`: deletes the caller's account, first at Clerk and then here.
//!
//! If one half fails, the caller may repeat the request while the token is valid. The `user.deleted` webhook that
//! follows changes nothing. Clerk's rules apply here as well: the instance or the user may forbid deletion, and the
//! caller may have to verify a factor again.

use usher_auth::VerifiedCaller;
use usher_clerk::User;
use usher_contract::DeleteOutcome;
use usher_runtime::{Backend, InitError, Problem, Request, Response, Reverification};
use usher_store::Account;

struct DeleteCurrentUser {
    backend: Backend,
    reverification: Option<Reverification>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve(init(), delete_current_user).await
}

async fn init() -> Result<DeleteCurrentUser, InitError> {
    Ok(DeleteCurrentUser { reverification: Reverification::configured()?, backend: Backend::init().await? })
}

async fn delete_current_user(state: &DeleteCurrentUser, request: &Request) -> usher_runtime::Result {
    let DeleteCurrentUser { backend, reverification } = state;
    let VerifiedCaller { identity: caller, factor_ages } = backend.authenticate_with_factors(request).await?;
    let stored = match backend.store.get_account(&caller.subject).await? {
        // The request is a repeat, or the webhook came first. In both cases Clerk has deleted the user already.
        Account::Deleted => return Ok(Response::accepted(&DeleteOutcome::Deleted)),
        Account::Unknown => None,
        Account::User(user) => Some(user),
    };
    if caller.actor.is_some() {
        return Err(Problem::impersonated());
    }
    if let Some(reverification) = reverification {
        reverification.check(factor_ages)?;
    }
    let clerk = backend.clerk()?;
    match stored {
        Some(user) => check_rules(&user.clerk_user()?)?,
        None => {
            if let Some(fetched) = clerk.get(&caller.subject).await? {
                check_rules(&fetched.user()?)?;
            }
        }
    }
    // Deletes at Clerk first, because in the other order a failure at Clerk would leave an account there whose data is
    // deleted here.
    if !clerk.delete(&caller.subject).await? {
        tracing::info!(user = %caller.subject, "user already deleted at Clerk");
    }
    backend.store.delete_user(&caller.subject).await?;
    Ok(Response::accepted(&DeleteOutcome::Deleted))
}

/// Checks Clerk's rules for a user who wants to delete the account. By Clerk's OpenAPI (`bapi` 2026-05-12, `User`)
/// `delete_self_enabled` concerns only the Frontend API, so Usher does not expect Clerk to check it for a request with
/// the secret key.
fn check_rules(user: &User<'_>) -> Result<(), Problem> {
    if user.is_banned() {
        return Err(usher_store::Error::UserBanned.into());
    }
    if user.may_delete_self() { Ok(()) } else { Err(Problem::delete_self_disabled()) }
}
