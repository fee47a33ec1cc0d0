//! The state of the webhook function.

use lambda_http::Request;
use tokio::join;
use usher_auth::{SignatureError, WebhookVerifier};
use usher_clerk::Event;
use usher_contract::ProblemCode;
use usher_store::Store;

use crate::{
    config::{self, InitError},
    http::problem::{Cause, Problem},
    secrets::secret::{NoSecret, Secret},
};

/// Verifies webhook deliveries, and gives the handler the store.
pub struct WebhookBackend {
    secret: Option<Secret<WebhookVerifier>>,
    instance_id: Option<String>,
    /// The store.
    pub store: Store,
}

impl WebhookBackend {
    /// Reads the configuration and the secret, and opens a connection to DynamoDB. Uses a query for that, the only read
    /// that the function's role allows.
    ///
    /// # Errors
    /// The configuration is wrong.
    pub async fn init() -> Result<Self, InitError> {
        let store = config::open_store()?;
        let (secret, warm) = join!(config::webhook_verifier(), store.warm_up_by_query());
        if let Err(error) = warm {
            tracing::warn!(%error, "warm-up failed");
        }
        Ok(Self { secret: secret?, instance_id: config::instance_id()?, store })
    }

    /// Verifies a delivery. If the signature is invalid, reads the secret again, because it may have been rotated.
    ///
    /// # Errors
    /// 503: no secret is configured, its parameter does not exist yet, or it could not be read. 400: the signature is
    /// missing, too old or invalid.
    pub async fn verify(&self, request: &Request, body: &[u8]) -> Result<(), Problem> {
        let Some(secret) = &self.secret else { return Err(not_configured()) };
        let verifier = secret.current().await.map_err(|reason| match reason {
            NoSecret::NotConfigured => not_configured(),
            NoSecret::Unread => {
                Problem::unavailable(ProblemCode::SecretUnavailable, "the webhook secret could not be read; try again")
            }
        })?;
        if verifier.is_empty() {
            return Err(not_configured());
        }
        let mut result = verifier.verify(request.headers(), body);
        if result == Err(SignatureError::Signature)
            && let Some(rotated) = secret.rotated(&verifier).await
        {
            result = rotated.verify(request.headers(), body);
        }
        result.map_err(|error| {
            Problem::new(ProblemCode::InvalidSignature, error.to_string()).with_cause(Cause::InvalidSignature)
        })
    }

    /// Rejects an event that does not name the instance of `CLERK_INSTANCE_ID`, if that variable is set. So a
    /// development instance cannot write to production.
    ///
    /// # Errors
    /// 403: the event is from another instance, or does not name its instance.
    pub fn check_instance(&self, event: &Event) -> Result<(), Problem> {
        if self.instance_id.is_none() || self.instance_id == event.instance_id {
            return Ok(());
        }
        Err(Problem::new(
            ProblemCode::ForeignInstance,
            "the event does not name the Clerk instance of CLERK_INSTANCE_ID",
        ))
    }
}

fn not_configured() -> Problem {
    Problem::not_configured(ProblemCode::WebhookNotConfigured, "CLERK_WEBHOOK_SECRET")
}
