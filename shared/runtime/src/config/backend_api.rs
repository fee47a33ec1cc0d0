//! Configuration of Clerk's Backend API.

use usher_clerk::{ApiUrl, BackendApi, RetryPolicy, SecretKey};

use crate::{
    clerk_users::ClerkUsers,
    config::{
        environment::{InitError, variable},
        http_client::http_client,
        session_tokens::{instance_keys, issuer},
    },
    secrets::secret::{Secret, SecretName},
};

/// Creates the client of Clerk's Backend API with the key of `CLERK_SECRET_KEY` or its parameter. Returns `None` if
/// neither is set. `CLERK_API_URL` overrides the URL of Clerk's API.
///
/// # Errors
/// The key or the URL is not valid, or one of key and issuer belongs to a development instance and the other does not.
pub(crate) async fn backend_api(retry_policy: RetryPolicy) -> Result<Option<Secret<BackendApi>>, InitError> {
    const KEY: SecretName = SecretName { variable: "CLERK_SECRET_KEY", parameter: "CLERK_SECRET_KEY_PARAMETER" };
    const URL: &str = "CLERK_API_URL";
    let url = variable(URL).unwrap_or_else(|| ApiUrl::CLERK.to_owned());
    let url = ApiUrl::parse(&url).map_err(|error| InitError::invalid(URL, error))?;
    let is_development = issuer().ok().and_then(|issuer| issuer.is_development());
    Secret::configured(KEY, move |key| {
        let key = SecretKey::parse(key).map_err(|error| error.to_string())?;
        if is_development.is_some_and(|development| development != key.is_test()) {
            return Err("is the key of another kind of instance than the issuer (sk_test_… is for development)".into());
        }
        Ok(BackendApi::new(http_client().clone(), url.clone(), key, retry_policy))
    })
    .await
}

/// Creates the client of Clerk's Backend API, for a function that cannot work without it.
///
/// # Errors
/// There is no secret key, or the key, the URL or the issuer is not valid.
pub async fn required_clerk_users(retry_policy: RetryPolicy) -> Result<ClerkUsers, InitError> {
    let remedy = "set it, or CLERK_SECRET_KEY_PARAMETER, to the key that Clerk's dashboard shows under API keys";
    let api = backend_api(retry_policy).await?.ok_or(InitError::Missing { name: "CLERK_SECRET_KEY", remedy })?;
    Ok(ClerkUsers::new(api, instance_keys().await?))
}
