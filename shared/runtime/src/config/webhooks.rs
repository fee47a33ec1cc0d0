//! Which webhooks are accepted.

use usher_auth::WebhookVerifier;

use super::environment::{InitError, variable};
use crate::secrets::secret::{Secret, SecretName};

/// `CLERK_INSTANCE_ID`, where set: anything else than Clerk's own id would refuse every webhook.
pub(crate) fn instance_id() -> Result<Option<String>, InitError> {
    const INSTANCE: &str = "CLERK_INSTANCE_ID";
    match variable(INSTANCE) {
        Some(id) if !id.starts_with("ins_") => {
            Err(InitError::invalid(INSTANCE, "must be ins_…, as events name it in instance_id"))
        }
        id => Ok(id),
    }
}

/// The verifier of webhooks, of `CLERK_WEBHOOK_SECRET` or its parameter; `None` where there is no secret.
pub(crate) async fn webhook_verifier() -> Result<Option<Secret<WebhookVerifier>>, InitError> {
    const SECRET: SecretName =
        SecretName { variable: "CLERK_WEBHOOK_SECRET", parameter: "CLERK_WEBHOOK_SECRET_PARAMETER" };
    Secret::configured(SECRET, |secrets| WebhookVerifier::new(secrets).map_err(|error| error.to_string())).await
}
