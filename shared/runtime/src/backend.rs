//! The state that every function of the API shares, created once in Init.

use std::sync::Arc;

use lambda_http::Request;
use tokio::join;
use usher_auth::{SessionVerifier, VerifiedCaller};
use usher_clerk::{BackendError, RetryPolicy};
use usher_contract::{ClerkUserId, Identity, WebhookOutcome};
use usher_store::{Source, Store};

use crate::{
    clerk_users::ClerkUsers,
    config::{self, InitError},
    http::{
        extensions::set_caller, problem::Problem, query::check_query, request::bearer_token,
        revalidation::check_condition,
    },
    lookups::Lookups,
};

/// Authenticates callers, and gives handlers the store and Clerk's Backend API.
pub struct Backend {
    verifier: SessionVerifier,
    clerk: Option<ClerkUsers>,
    lookups: Lookups,
    /// The store.
    pub store: Store,
}

/// The reason that a user could not be fetched from Clerk and stored.
#[derive(Debug, thiserror::Error)]
enum SyncError {
    #[error(transparent)]
    Clerk(#[from] BackendError),
    #[error(transparent)]
    Store(#[from] usher_store::Error),
}

impl Backend {
    /// Reads the configuration, fetches the keys, and opens a connection to DynamoDB, so that the first request finds
    /// all of it ready. Lambda gives Init a full processor, whatever the memory of the function (Serverless Land,
    /// "Utilize initialization phase").
    ///
    /// # Errors
    /// The configuration is wrong. It is not an error if the issuer or the table cannot be reached, because requests
    /// try again.
    pub async fn init() -> Result<Self, InitError> {
        let store = config::open_store()?;
        let (keys, api, warm) =
            join!(config::instance_keys(), config::backend_api(RetryPolicy::REQUEST), store.warm_up());
        let keys = keys?;
        let clerk = api?.map(|api| ClerkUsers::new(api, Arc::clone(&keys)));
        if let Err(error) = warm {
            tracing::warn!(%error, "warm-up failed");
        }
        Ok(Self { verifier: config::session_verifier(keys)?, clerk, lookups: Lookups::default(), store })
    }

    /// Verifies the token of a request and returns the caller. Then checks the query parameters and the
    /// condition. Does not check whether the user still exists: the store does that together with each read or write.
    ///
    /// # Errors
    /// 401: there is no token, or it is invalid. 503: the keys could not be fetched. 400: the route does not have one
    /// of the query parameters, one is repeated, or a write has `If-None-Match`.
    pub async fn authenticate(&self, request: &Request) -> Result<Identity, Problem> {
        Ok(self.authenticate_with_factors(request).await?.identity)
    }

    /// As [`Backend::authenticate`], but also returns when the caller's factors were verified.
    ///
    /// # Errors
    /// As [`Backend::authenticate`].
    pub async fn authenticate_with_factors(&self, request: &Request) -> Result<VerifiedCaller, Problem> {
        let caller = self.verify(request).await?.ok_or_else(Problem::no_token)?;
        check_query(request)?;
        check_condition(request)?;
        Ok(caller)
    }

    /// As [`Backend::authenticate`], but a request without a token returns `Ok(None)`. For routes that also serve
    /// callers who are not signed in.
    ///
    /// # Errors
    /// As [`Backend::authenticate`], but a request may have no token.
    pub async fn authenticate_if_present(&self, request: &Request) -> Result<Option<Identity>, Problem> {
        let caller = self.verify(request).await?;
        check_query(request)?;
        check_condition(request)?;
        Ok(caller.map(|caller| caller.identity))
    }

    async fn verify(&self, request: &Request) -> Result<Option<VerifiedCaller>, Problem> {
        let Some(token) = bearer_token(request)? else {
            return Ok(None);
        };
        verify_token(&self.verifier, request, token).await.map(Some)
    }

    /// Verifies a token that is not in a header of the request.
    pub(crate) async fn verify_token(&self, request: &Request, token: &str) -> Result<Identity, Problem> {
        Ok(verify_token(&self.verifier, request, token).await?.identity)
    }

    /// Returns Clerk's Backend API.
    ///
    /// # Errors
    /// 503: no secret key is configured.
    pub fn clerk(&self) -> Result<&ClerkUsers, Problem> {
        self.clerk.as_ref().ok_or_else(Problem::clerk_not_configured)
    }

    /// Fetches the caller from Clerk's Backend API and stores it, for a caller whose webhook has not arrived yet. The
    /// row is built from Clerk's response, never from the token. Returns `true` if the caller should read again. If
    /// there is no secret key or Clerk is unavailable, returns `false`, and the request ends as 404 `user-not-synced`.
    ///
    /// # Errors
    /// The store fails.
    pub async fn sync_from_clerk(&self, id: &ClerkUserId) -> Result<bool, Problem> {
        let Some(clerk) = &self.clerk else { return Ok(false) };
        self.lookups.get_or_ask(id, async || self.sync_from(clerk, id).await).await.or_else(|error| match error {
            SyncError::Clerk(BackendError::NoKey) => Ok(false),
            SyncError::Clerk(error) => {
                tracing::error!(user = %id, %error, "user fetch failed");
                Ok(false)
            }
            SyncError::Store(error) => Err(error.into()),
        })
    }

    async fn sync_from(&self, clerk: &ClerkUsers, id: &ClerkUserId) -> Result<bool, SyncError> {
        let Some(fetched) = clerk.get(id).await? else {
            tracing::warn!(user = %id, "token user unknown to Clerk");
            return Ok(false);
        };
        let outcome = self.store.sync_user(&fetched.user()?, Source::BackendApi).await?;
        tracing::info!(user = %id, outcome = WebhookOutcome::from(outcome).as_str(), "user fetched from Clerk");
        Ok(true)
    }
}

/// Verifies a token, and sets the caller of the request for the log.
pub(crate) async fn verify_token(
    verifier: &SessionVerifier,
    request: &Request,
    token: &str,
) -> Result<VerifiedCaller, Problem> {
    let caller = verifier.verify(token).await?;
    set_caller(request, &caller.identity);
    Ok(caller)
}
