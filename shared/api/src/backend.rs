//! What the functions of the API share, made once in Init.

use auth::{Identity, SessionVerifier, SignatureError, WebhookVerifier};
use clerk::{Event, Patience};
use store::{ClerkUserId, Source, Store};
use tokio::join;

use crate::{
    clerk_users::ClerkUsers,
    config::{self, InitError},
    problem::Problem,
    request::Request,
    secret::Secret,
};

/// What a function of the API needs: who is calling, and the table.
pub struct Backend {
    verifier: SessionVerifier,
    clerk: Option<ClerkUsers>,
    /// The table.
    pub store: Store,
}

/// Who is calling, proved by a token. That the user is alive is for the store to say, beside what it reads or writes.
pub struct Caller {
    /// What the token says.
    pub identity: Identity,
    /// Its subject.
    pub user_id: ClerkUserId,
}

impl Backend {
    /// Init: configuration, client, keys, and a connection to DynamoDB that is warm when the first request comes. Init
    /// has a full processor whatever the function's memory, and its time is no caller's.
    ///
    /// # Errors
    /// The configuration is wrong. An issuer or a table that does not answer is no reason: requests will try again.
    pub async fn init() -> Result<Self, InitError> {
        let store = config::open_store().await?;
        let (verifier, clerk, warm) =
            join!(config::session_verifier(), config::clerk_users(Patience::REQUEST), store.warm_up());
        if let Err(error) = warm {
            tracing::warn!(%error, "no warm connection");
        }
        Ok(Self { verifier: verifier?, clerk: clerk?, store })
    }

    /// Who is calling.
    ///
    /// # Errors
    /// 401: no token, or one that is refused. 503: the keys cannot be had.
    pub async fn authenticate(&self, request: &Request) -> Result<Caller, Problem> {
        self.caller(request).await?.ok_or_else(Problem::no_token)
    }

    /// Who is calling, if anyone: for a route that serves both.
    ///
    /// # Errors
    /// As [`Backend::authenticate`], save that no token is no error.
    pub async fn caller(&self, request: &Request) -> Result<Option<Caller>, Problem> {
        let Some(token) = request.bearer_token()? else {
            return Ok(None);
        };
        let identity = self.verifier.verify(token).await?;
        let user_id =
            ClerkUserId::parse(&identity.subject).map_err(|_| Problem::invalid_token(auth::TokenError::Subject))?;
        Ok(Some(Caller { identity, user_id }))
    }

    /// Clerk's Backend API.
    ///
    /// # Errors
    /// 503: no secret key is configured.
    pub fn clerk(&self) -> Result<&ClerkUsers, Problem> {
        self.clerk.as_ref().ok_or_else(|| {
            tracing::error!("CLERK_SECRET_KEY is not set");
            Problem::unavailable("clerk-not-configured", "CLERK_SECRET_KEY is not set")
        })
    }

    /// Brings in the user of a valid token whose webhook has not arrived: what Clerk says of it, never the token, makes the
    /// row. `true` where it is worth looking again. Where Clerk cannot say, the webhook is waited for as if nobody had
    /// asked.
    ///
    /// # Errors
    /// The store fails.
    pub async fn sync_from_clerk(&self, id: &ClerkUserId) -> Result<bool, Problem> {
        let Some(clerk) = &self.clerk else { return Ok(false) };
        let fetched = match clerk.get(id).await {
            Ok(Some(fetched)) => fetched,
            Ok(None) => {
                tracing::warn!(user = %id, "Clerk does not know the user of a valid token");
                return Ok(false);
            }
            Err(error) => {
                tracing::error!(user = %id, %error, "a user was not fetched from Clerk");
                return Ok(false);
            }
        };
        let outcome = self.store.sync_user(id, &fetched.user()?, Source::BackendApi).await?;
        tracing::info!(user = %id, outcome = outcome.as_str(), "fetched from Clerk");
        Ok(true)
    }
}

/// What the webhook needs.
pub struct WebhookBackend {
    secret: Option<Secret<WebhookVerifier>>,
    instance_id: Option<String>,
    /// The table.
    pub store: Store,
}

impl WebhookBackend {
    /// Init: configuration, client, and a warm connection, by the one read the role allows.
    ///
    /// # Errors
    /// The configuration is wrong.
    pub async fn init() -> Result<Self, InitError> {
        let store = config::open_store().await?;
        let (secret, warm) = join!(config::webhook_verifier(), store.warm_up_by_query());
        if let Err(error) = warm {
            tracing::warn!(%error, "no warm connection");
        }
        Ok(Self { secret: secret?, instance_id: config::variable("CLERK_INSTANCE_ID"), store })
    }

    /// Verifies a delivery. One that does not fit may be signed with a secret that was rotated since it was read.
    ///
    /// # Errors
    /// 503: no secret is configured, or it cannot be read. 400: the signature is missing, out of time or does not fit.
    pub async fn verify(&self, request: &Request, body: &[u8]) -> Result<(), Problem> {
        let Some(secret) = &self.secret else {
            tracing::error!("CLERK_WEBHOOK_SECRET is not set");
            return Err(Problem::unavailable("webhook-not-configured", "CLERK_WEBHOOK_SECRET is not set"));
        };
        let Some(verifier) = secret.current().await else {
            return Err(Problem::unavailable(
                "secret-unavailable",
                "the webhook's secret could not be read; try again",
            ));
        };
        let mut verdict = verifier.verify(request.headers(), body);
        if verdict == Err(SignatureError::Signature)
            && let Some(rotated) = secret.rotated(&verifier).await
        {
            verdict = rotated.verify(request.headers(), body);
        }
        verdict.map_err(|error| Problem::bad_request("invalid-signature", error.to_string()))
    }

    /// Refuses the events of another instance than `CLERK_INSTANCE_ID`, where that is set: development must not write
    /// into production. An event that does not say where it is from is let through, its signature having fitted.
    ///
    /// # Errors
    /// 403: it is from another instance.
    pub fn check_instance(&self, event: &Event) -> Result<(), Problem> {
        match (&self.instance_id, &event.instance_id) {
            (Some(own), Some(other)) if own != other => Err(Problem::forbidden(
                "foreign-instance",
                "the event is from another Clerk instance than CLERK_INSTANCE_ID",
            )),
            _ => Ok(()),
        }
    }
}
