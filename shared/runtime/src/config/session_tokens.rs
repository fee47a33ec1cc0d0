//! Configuration of session tokens: keys, issuer and rules.

use std::sync::Arc;

use usher_auth::{DEFAULT_TEMPLATE_TOKEN_SECONDS, Issuer, Keys, SessionVerifier, TokenRules};

use crate::config::{
    environment::{InitError, list, variable},
    http_client::http_client,
};

/// Returns the public keys of the instance: the key of `CLERK_JWT_KEY`, or the keys that the issuer publishes.
pub(crate) async fn instance_keys() -> Result<Arc<Keys>, InitError> {
    let keys = match variable("CLERK_JWT_KEY") {
        Some(pem) => Keys::from_pem(&pem).map_err(|error| InitError::invalid("CLERK_JWT_KEY", error))?,
        None => Keys::from_issuer(&issuer()?, http_client().clone()).await,
    };
    Ok(Arc::new(keys))
}

/// Creates the verifier of session tokens from `CLERK_ISSUER` or `CLERK_PUBLISHABLE_KEY`, and from
/// `CLERK_AUTHORIZED_PARTIES`, `CLERK_AUDIENCE` and `CLERK_TEMPLATE_TOKEN_MAX_SECONDS` if they are set.
pub(crate) fn session_verifier(keys: Arc<Keys>) -> Result<SessionVerifier, InitError> {
    let rules = TokenRules {
        authorized_parties: authorized_parties()?,
        audiences: list("CLERK_AUDIENCE"),
        template_token_max_seconds: template_token_max_seconds()?,
    };
    Ok(SessionVerifier::new(keys, issuer()?, rules))
}

fn template_token_max_seconds() -> Result<u32, InitError> {
    const SECONDS: &str = "CLERK_TEMPLATE_TOKEN_MAX_SECONDS";
    let Some(seconds) = variable(SECONDS) else { return Ok(DEFAULT_TEMPLATE_TOKEN_SECONDS) };
    let seconds = seconds.parse().ok().filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| InitError::invalid(SECONDS, "must be a whole number of seconds, 1 or more"))
}

/// Reads `CLERK_AUTHORIZED_PARTIES`. `azp` is compared as an exact string, so a party that is not a valid origin would
/// reject every token.
fn authorized_parties() -> Result<Vec<String>, InitError> {
    const PARTIES: &str = "CLERK_AUTHORIZED_PARTIES";
    let parties = list(PARTIES);
    let is_origin = |party: &str| {
        party.split_once("://").is_some_and(|(scheme, host)| {
            !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '?', '#', '@', ' '])
        })
    };
    match parties.iter().position(|party| !is_origin(party)) {
        None => Ok(parties),
        Some(index) => {
            let reason = format!("entry {} must be an origin: https://<host>, without a slash at its end", index + 1);
            Err(InitError::invalid(PARTIES, reason))
        }
    }
}

/// Returns the issuer of `CLERK_ISSUER`, or the issuer that `CLERK_PUBLISHABLE_KEY` names.
pub(super) fn issuer() -> Result<Issuer, InitError> {
    const ISSUER: &str = "CLERK_ISSUER";
    const PUBLISHABLE_KEY: &str = "CLERK_PUBLISHABLE_KEY";
    if let Some(issuer) = variable(ISSUER) {
        return Issuer::parse(&issuer).map_err(|error| InitError::invalid(ISSUER, error));
    }
    let remedy =
        "set it to the Frontend API URL that Clerk's dashboard shows under API keys, or set CLERK_PUBLISHABLE_KEY";
    let key = variable(PUBLISHABLE_KEY).ok_or(InitError::Missing { name: ISSUER, remedy })?;
    Issuer::from_publishable_key(&key).map_err(|error| InitError::invalid(PUBLISHABLE_KEY, error))
}
