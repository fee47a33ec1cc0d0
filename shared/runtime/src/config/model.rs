//! Configuration of the language model.

use std::{sync::Arc, time::Duration};

use usher_contract::Model;
use usher_model::{ModelClient, ModelKey, ModelSettings, ModelUrl};

use crate::{
    config::{
        environment::{InitError, list, variable},
        http_client::http_client,
    },
    secrets::secret::{NoSecret, Secret, SecretName},
};

const KEY: SecretName = SecretName { variable: "MODEL_KEY", parameter: "MODEL_KEY_PARAMETER" };
const URL: &str = "MODEL_URL";
const NAME: &str = "MODEL_NAME";
const TIMEOUT: &str = "MODEL_TIMEOUT_SECONDS";
const TITLES: &str = "MODEL_TITLES";
/// The time for one reply, if the operator sets none.
const DEFAULT_TIMEOUT_SECONDS: u64 = 120;
/// Less than the 15 minutes that a function may run, so that the function can store the end of the reply.
const MAX_TIMEOUT_SECONDS: u64 = 840;

/// The models that the operator allows, all at one endpoint.
pub(crate) struct ConfiguredModel {
    access: Access,
    /// The first one answers if a request names none.
    names: Vec<String>,
    system_prompt: Option<String>,
    makes_titles: bool,
}

/// The client, which may need a key.
enum Access {
    Open(ModelClient),
    Keyed(Secret<ModelClient>),
}

impl ConfiguredModel {
    /// Reads `MODEL_URL`, `MODEL_NAME`, `MODEL_KEY` or its parameter, `MODEL_SYSTEM_PROMPT`, `MODEL_TIMEOUT_SECONDS` and
    /// `MODEL_TITLES`. Returns `None` if `MODEL_URL` is not set.
    pub(crate) async fn read() -> Result<Option<Self>, InitError> {
        let Some(url) = variable(URL) else { return Ok(None) };
        let url = ModelUrl::parse(&url).map_err(|error| InitError::invalid(URL, error))?;
        let names = names()?;
        let timeout = timeout()?;
        let makes_titles = makes_titles()?;
        let keyed_url = url.clone();
        let secret = Secret::configured(KEY, move |key| {
            let key = ModelKey::parse(key).map_err(|error| error.to_string())?;
            Ok(ModelClient::new(http_client().clone(), keyed_url.clone(), Some(key), timeout))
        });
        let access = match secret.await? {
            Some(secret) => Access::Keyed(secret),
            // A local endpoint needs no key.
            None => Access::Open(ModelClient::new(http_client().clone(), url, None, timeout)),
        };
        Ok(Some(Self { access, names, system_prompt: variable("MODEL_SYSTEM_PROMPT"), makes_titles }))
    }

    /// Returns the model of this name, or the first one. Returns `None` if the operator does not allow the name.
    ///
    /// # Errors
    /// The parameter with the key does not exist yet, or could not be read yet.
    pub(crate) async fn settings(&self, name: Option<&Model>) -> Result<Option<ModelSettings>, NoSecret> {
        let found = match name {
            Some(name) => self.names.iter().find(|allowed| *allowed == name.as_str()),
            None => self.names.first(),
        };
        let Some(name) = found else { return Ok(None) };
        let client = match &self.access {
            Access::Open(client) => client.clone(),
            Access::Keyed(secret) => Arc::unwrap_or_clone(secret.current().await?),
        };
        let (name, system_prompt) = (name.clone(), self.system_prompt.clone());
        Ok(Some(ModelSettings { client, name, system_prompt, makes_titles: self.makes_titles }))
    }
}

fn names() -> Result<Vec<String>, InitError> {
    let names = list(NAME);
    if names.is_empty() {
        let remedy = "set it to the name of a model that the endpoint of MODEL_URL has";
        return Err(InitError::Missing { name: NAME, remedy });
    }
    // A reply stores the name of its model.
    match names.iter().find_map(|name| Model::try_from(name.clone()).err()) {
        Some(error) => Err(InitError::invalid(NAME, format!("has a name that is not valid: {error}"))),
        None => Ok(names),
    }
}

fn timeout() -> Result<Duration, InitError> {
    let Some(seconds) = variable(TIMEOUT) else { return Ok(Duration::from_secs(DEFAULT_TIMEOUT_SECONDS)) };
    let seconds = seconds.parse().ok().filter(|seconds| (1..=MAX_TIMEOUT_SECONDS).contains(seconds));
    let reason = || format!("must be a whole number of seconds, 1 to {MAX_TIMEOUT_SECONDS}");
    seconds.map(Duration::from_secs).ok_or_else(|| InitError::invalid(TIMEOUT, reason()))
}

fn makes_titles() -> Result<bool, InitError> {
    match variable(TITLES).as_deref() {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(InitError::invalid(TITLES, "must be true or false")),
    }
}
