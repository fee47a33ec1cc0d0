//! What the webhook shares with no other function.

use lambda_http::Request;
use tokio::join;
use usher_auth::{SignatureError, WebhookVerifier};
use usher_clerk::Event;
use usher_store::Store;

use crate::{
    config::{self, InitError},
    http::problem::Problem,
    observe::metrics,
    secrets::secret::Secret,
};

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
        Ok(Self { secret: secret?, instance_id: config::instance_id()?, store })
    }

    /// Verifies a delivery. One that does not fit may be signed with a secret that was rotated since it was read.
    ///
    /// # Errors
    /// 503: no secret is configured, or it cannot be read. 400: the signature is missing, out of time or does not fit.
    pub async fn verify(&self, request: &Request, body: &[u8]) -> Result<(), Problem> {
        let Some(secret) = &self.secret else { return Err(not_configured()) };
        let Some(verifier) = secret.current().await else {
            return Err(Problem::unavailable(
                "secret-unavailable",
                "the webhook's secret could not be read; try again",
            ));
        };
        if verifier.is_empty() {
            return Err(not_configured());
        }
        let mut verdict = verifier.verify(request.headers(), body);
        if verdict == Err(SignatureError::Signature)
            && let Some(rotated) = secret.rotated(&verifier).await
        {
            verdict = rotated.verify(request.headers(), body);
        }
        verdict.map_err(|error| {
            metrics::signature_failure();
            Problem::bad_request("invalid-signature", error.to_string())
        })
    }

    /// Refuses an event that does not name the instance of `CLERK_INSTANCE_ID`, if that is set: development must not write
    /// into production.
    ///
    /// # Errors
    /// 403: the event is from another instance, or does not say from which.
    pub fn check_instance(&self, event: &Event) -> Result<(), Problem> {
        if self.instance_id.is_none() || self.instance_id == event.instance_id {
            return Ok(());
        }
        Err(Problem::forbidden("foreign-instance", "the event does not name the Clerk instance of CLERK_INSTANCE_ID"))
    }
}

fn not_configured() -> Problem {
    Problem::not_configured("webhook-not-configured", "CLERK_WEBHOOK_SECRET")
}
