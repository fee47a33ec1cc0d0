//! Configuration: environment variables, read once, in Init.

use std::env;

use auth::{Issuer, Keys, SessionVerifier, WebhookVerifier};
use store::Store;

/// Why a function cannot start. Says which variable is wrong, never its value.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A variable that is needed is not set, or blank.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// A variable is set to what it cannot be.
    #[error("{name} {problem}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What it must be.
        problem: String,
    },
    /// No HTTP client can be made.
    #[error(transparent)]
    Keys(#[from] auth::KeysError),
}

impl InitError {
    /// A variable is set to what it cannot be.
    pub fn invalid(name: &'static str, problem: impl ToString) -> Self {
        Self::Invalid { name, problem: problem.to_string() }
    }
}

/// A variable of the environment; blank counts as unset, and white space around a value as a slip of the paste.
pub fn variable(name: &str) -> Option<String> {
    let value = env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn list(name: &str) -> Vec<String> {
    let value = variable(name).unwrap_or_default();
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// The store on the table `TABLE_NAME`.
///
/// # Errors
/// `TABLE_NAME` is not set.
pub async fn open_store() -> Result<Store, InitError> {
    let table = variable("TABLE_NAME").ok_or(InitError::Missing("TABLE_NAME"))?;
    Ok(Store::connect(table).await)
}

/// The verifier of session tokens: `CLERK_ISSUER` or `CLERK_PUBLISHABLE_KEY`; `CLERK_JWT_KEY`,
/// `CLERK_AUTHORIZED_PARTIES` and `CLERK_AUDIENCE` where set.
pub(crate) async fn session_verifier() -> Result<SessionVerifier, InitError> {
    let issuer = issuer()?;
    let keys = match variable("CLERK_JWT_KEY") {
        Some(pem) => Keys::from_pem(&pem).map_err(|error| InitError::invalid("CLERK_JWT_KEY", error))?,
        None => Keys::from_issuer(&issuer).await?,
    };
    Ok(SessionVerifier::new(keys, issuer, list("CLERK_AUTHORIZED_PARTIES"), list("CLERK_AUDIENCE")))
}

fn issuer() -> Result<Issuer, InitError> {
    const ISSUER: &str = "CLERK_ISSUER";
    const PUBLISHABLE_KEY: &str = "CLERK_PUBLISHABLE_KEY";
    if let Some(issuer) = variable(ISSUER) {
        return Issuer::parse(&issuer).map_err(|error| InitError::invalid(ISSUER, error));
    }
    let key = variable(PUBLISHABLE_KEY).ok_or(InitError::Missing(ISSUER))?;
    Issuer::from_publishable_key(&key).map_err(|error| InitError::invalid(PUBLISHABLE_KEY, error))
}

/// The verifier of webhooks; `None` where `CLERK_WEBHOOK_SECRET` holds no secret.
pub(crate) fn webhook_verifier() -> Result<Option<WebhookVerifier>, InitError> {
    const SECRET: &str = "CLERK_WEBHOOK_SECRET";
    variable(SECRET)
        .filter(|_| !list(SECRET).is_empty())
        .map(|secrets| WebhookVerifier::new(&secrets).map_err(|error| InitError::invalid(SECRET, error)))
        .transpose()
}
