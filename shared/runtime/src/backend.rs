//! What the functions of the API share, made once in Init.

use std::sync::Arc;

use lambda_http::Request;
use tokio::join;
use usher_auth::{Identity, SessionVerifier};
use usher_clerk::{BackendError, RetryPolicy};
use usher_store::{ClerkUserId, Source, Store};

use crate::{
    clerk_users::ClerkUsers,
    config::{self, InitError},
    http::{extensions::set_caller, problem::Problem, request::bearer_token},
    lookups::Lookups,
    observe::metrics,
};

/// What a function of the API needs: who is calling, and the table.
pub struct Backend {
    verifier: SessionVerifier,
    clerk: Option<ClerkUsers>,
    lookups: Lookups,
    /// The table.
    pub store: Store,
}

/// Why a user was not brought in.
#[derive(Debug, thiserror::Error)]
enum SyncError {
    #[error(transparent)]
    Clerk(#[from] BackendError),
    #[error(transparent)]
    Store(#[from] usher_store::Error),
}

impl Backend {
    /// Init: configuration, client, keys, and a connection to DynamoDB that is warm when the first request comes. Init
    /// has a full processor whatever the function's memory, and its time is no caller's.
    ///
    /// # Errors
    /// The configuration is wrong. An issuer or a table that does not answer is no reason: requests will try again.
    pub async fn init() -> Result<Self, InitError> {
        let store = config::open_store().await?;
        let (keys, api, warm) =
            join!(config::instance_keys(), config::backend_api(RetryPolicy::REQUEST), store.warm_up());
        let keys = keys?;
        let clerk = api?.map(|api| ClerkUsers::new(api, Arc::clone(&keys)));
        if let Err(error) = warm {
            tracing::warn!(%error, "no warm connection");
        }
        Ok(Self { verifier: config::session_verifier(keys)?, clerk, lookups: Lookups::default(), store })
    }

    /// Who is calling, proved by a token. That the user is alive is for the store to say, beside what it reads or writes.
    ///
    /// # Errors
    /// 401: no token, or one that is refused. 503: the keys cannot be had.
    pub async fn authenticate(&self, request: &Request) -> Result<Identity, Problem> {
        self.authenticate_if_present(request).await?.ok_or_else(Problem::no_token)
    }

    /// Who is calling, if anyone: for a route that serves both.
    ///
    /// # Errors
    /// As [`Backend::authenticate`], save that no token is no error.
    pub async fn authenticate_if_present(&self, request: &Request) -> Result<Option<Identity>, Problem> {
        let Some(token) = bearer_token(request)? else {
            return Ok(None);
        };
        let verdict = self.verifier.verify(token).await;
        let identity = verdict.inspect_err(|error| metrics::auth_failure(error.reason()))?;
        set_caller(request, &identity);
        Ok(Some(identity))
    }

    /// Clerk's Backend API.
    ///
    /// # Errors
    /// 503: no secret key is configured.
    pub fn clerk(&self) -> Result<&ClerkUsers, Problem> {
        self.clerk.as_ref().ok_or_else(|| Problem::not_configured("clerk-not-configured", "CLERK_SECRET_KEY"))
    }

    /// Brings in the user of a valid token whose webhook has not arrived: what Clerk says of it, never the token, makes the
    /// row. `true` where it is worth looking again. Where Clerk cannot say, the webhook is waited for as if nobody had
    /// asked.
    ///
    /// # Errors
    /// The store fails.
    pub async fn sync_from_clerk(&self, id: &ClerkUserId) -> Result<bool, Problem> {
        let Some(clerk) = &self.clerk else { return Ok(false) };
        self.lookups.once(id, async || self.sync_from(clerk, id).await).await.or_else(|error| match error {
            SyncError::Clerk(error) => {
                tracing::error!(user = %id, %error, "a user was not fetched from Clerk");
                Ok(false)
            }
            SyncError::Store(error) => Err(error.into()),
        })
    }

    async fn sync_from(&self, clerk: &ClerkUsers, id: &ClerkUserId) -> Result<bool, SyncError> {
        let Some(fetched) = clerk.get(id).await? else {
            tracing::warn!(user = %id, "Clerk does not know the user of a valid token");
            return Ok(false);
        };
        let outcome = self.store.sync_user(&fetched.user()?, Source::BackendApi).await?;
        tracing::info!(user = %id, outcome = outcome.as_str(), "fetched from Clerk");
        Ok(true)
    }
}
