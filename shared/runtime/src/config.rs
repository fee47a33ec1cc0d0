//! Configuration: environment variables, read once, in Init.

use std::{
    env,
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{Client, redirect};
use usher_auth::{DEFAULT_TEMPLATE_TOKEN_SECONDS, Issuer, Keys, SessionVerifier, TokenRules, WebhookVerifier};
use usher_clerk::{ApiUrl, BackendApi, Patience, SecretKey};
use usher_store::Store;

use crate::{
    clerk_users::ClerkUsers,
    secret::{Secret, SecretName},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a function cannot start. Says which variable is wrong and how to mend it, never its value.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A variable that is needed is not set, or blank.
    #[error("{name} is not set; {mend}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What to set it to.
        mend: &'static str,
    },
    /// A variable is set to what it cannot be.
    #[error("{name} {problem}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What it must be.
        problem: String,
    },
    /// No HTTP client can be made on this machine.
    #[error("no HTTP client can be made: {0}")]
    HttpClient(String),
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

/// The store on the table `TABLE_NAME`. `DYNAMODB_ENDPOINT_URL` names another DynamoDB than AWS's, for tools that set only
/// variables that the template declares: a blank `AWS_ENDPOINT_URL_DYNAMODB` there makes the SDK panic.
///
/// # Errors
/// `TABLE_NAME` is not set.
pub async fn open_store() -> Result<Store, InitError> {
    const TABLE_NAME: &str = "TABLE_NAME";
    let mend = "the template sets it to the name of the table";
    let table = variable(TABLE_NAME).ok_or(InitError::Missing { name: TABLE_NAME, mend })?;
    Ok(Store::connect(table, variable("DYNAMODB_ENDPOINT_URL")).await)
}

/// The client of all requests to Clerk, made once, by who first needs it. It follows no redirect: keys and users come from
/// where they were asked for, and the secret key goes nowhere else.
fn http_client() -> Result<Client, InitError> {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(client.clone());
    }
    let client = Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(redirect::Policy::none()).build();
    let client = client.map_err(|error| InitError::HttpClient(error.to_string()))?;
    Ok(CLIENT.get_or_init(|| client).clone())
}

/// The public keys of the instance: that of `CLERK_JWT_KEY`, or those that the issuer publishes.
pub(crate) async fn instance_keys() -> Result<Arc<Keys>, InitError> {
    let keys = match variable("CLERK_JWT_KEY") {
        Some(pem) => Keys::from_pem(&pem).map_err(|error| InitError::invalid("CLERK_JWT_KEY", error))?,
        None => Keys::from_issuer(&issuer()?, http_client()?).await,
    };
    Ok(Arc::new(keys))
}

/// The verifier of session tokens: `CLERK_ISSUER` or `CLERK_PUBLISHABLE_KEY`; `CLERK_AUTHORIZED_PARTIES`, `CLERK_AUDIENCE`
/// and `CLERK_TEMPLATE_TOKEN_MAX_SECONDS` if they are set.
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

/// `azp` is compared as an exact string: what is no origin would let nobody in.
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
            let problem = format!("entry {} must be an origin: https://<host>, without a slash at its end", index + 1);
            Err(InitError::invalid(PARTIES, problem))
        }
    }
}

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

fn issuer() -> Result<Issuer, InitError> {
    const ISSUER: &str = "CLERK_ISSUER";
    const PUBLISHABLE_KEY: &str = "CLERK_PUBLISHABLE_KEY";
    if let Some(issuer) = variable(ISSUER) {
        return Issuer::parse(&issuer).map_err(|error| InitError::invalid(ISSUER, error));
    }
    let mend =
        "set it to the Frontend API URL that Clerk's dashboard shows under API keys, or set CLERK_PUBLISHABLE_KEY";
    let key = variable(PUBLISHABLE_KEY).ok_or(InitError::Missing { name: ISSUER, mend })?;
    Issuer::from_publishable_key(&key).map_err(|error| InitError::invalid(PUBLISHABLE_KEY, error))
}

/// The verifier of webhooks, of `CLERK_WEBHOOK_SECRET` or its parameter; `None` where there is no secret.
pub(crate) async fn webhook_verifier() -> Result<Option<Secret<WebhookVerifier>>, InitError> {
    const SECRET: SecretName =
        SecretName { variable: "CLERK_WEBHOOK_SECRET", parameter: "CLERK_WEBHOOK_SECRET_PARAMETER" };
    Secret::configured(SECRET, |secrets| WebhookVerifier::new(secrets).map_err(|error| error.to_string())).await
}

/// Clerk's Backend API, with the key of `CLERK_SECRET_KEY` or its parameter; `None` where there is no key.
/// `CLERK_API_URL` names another address than Clerk's own.
///
/// # Errors
/// The key or the address is none, or the key belongs to another kind of instance than the issuer.
pub(crate) async fn backend_api(patience: Patience) -> Result<Option<Secret<BackendApi>>, InitError> {
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
        let client = http_client().map_err(|error| error.to_string())?;
        Ok(BackendApi::new(client, url.clone(), key, patience))
    })
    .await
}

/// Clerk's Backend API, for a function that needs no session tokens but asks Clerk.
///
/// # Errors
/// There is no secret key; or the key, the address or the issuer is wrong.
pub async fn required_clerk_users(patience: Patience) -> Result<ClerkUsers, InitError> {
    let mend = "set it, or CLERK_SECRET_KEY_PARAMETER, to the key that Clerk's dashboard shows under API keys";
    let api = backend_api(patience).await?.ok_or(InitError::Missing { name: "CLERK_SECRET_KEY", mend })?;
    Ok(ClerkUsers::new(api, instance_keys().await?))
}
