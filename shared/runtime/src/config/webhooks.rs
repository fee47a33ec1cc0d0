//! Configuration of the webhook: its secret and the accepted Clerk instance.

use usher_auth::WebhookVerifier;

use crate::{
    config::environment::{InitError, variable},
    secrets::secret::{Secret, SecretName},
};

/// Reads `CLERK_INSTANCE_ID`, if it is set. A value that is not an instance id is an error, because it would reject
/// every webhook.
pub(crate) fn instance_id() -> Result<Option<String>, InitError> {
    const INSTANCE: &str = "CLERK_INSTANCE_ID";
    match variable(INSTANCE) {
        Some(id) if !id.starts_with("ins_") => {
            Err(InitError::invalid(INSTANCE, "must be the instance id (ins_…), the `instance_id` of webhook events"))
        }
        id => Ok(id),
    }
}

/// Creates the verifier of webhooks from `CLERK_WEBHOOK_SECRET` or its parameter. Returns `None` if neither is set.
pub(crate) async fn webhook_verifier() -> Result<Option<Secret<WebhookVerifier>>, InitError> {
    const SECRET: SecretName =
        SecretName { variable: "CLERK_WEBHOOK_SECRET", parameter: "CLERK_WEBHOOK_SECRET_PARAMETER" };
    Secret::configured(SECRET, |secrets| WebhookVerifier::new(secrets).map_err(|error| error.to_string())).await
}
