//! The settings of an instance, and the secrets that are generated if none are given.

use std::{path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{ids, webhooks::RETRY_DELAYS};

/// The settings of an instance.
#[derive(Clone)]
pub struct Options {
    /// The `iss` of every token, as in `http://127.0.0.1:3001`. A trailing slash is removed.
    pub issuer: String,
    /// The `http` or `https` URL that receives the webhooks.
    pub webhook_url: String,
    /// The signing secret of webhooks, `whsec_…`. If it is a comma-separated list, the first entry is used. If it is
    /// blank or `None`, a secret is generated.
    pub webhook_secret: Option<String>,
    /// The secret key of the Backend API, `sk_…`. If it is blank or `None`, a key is generated.
    pub secret_key: Option<String>,
    /// The file in which the users, the sessions, the key and the generated secrets are kept. Each change replaces it.
    /// Its folder is created. If it is `None`, everything is in memory only.
    pub data: Option<PathBuf>,
    /// The `node_modules` with Clerk's scripts for the browser, `@clerk/clerk-js` and `@clerk/ui`. If it is `None`, no
    /// scripts are served.
    pub scripts: Option<PathBuf>,
    /// The time between each failed delivery attempt and the next. If it is empty, there are no retries.
    pub retry_delays: Vec<Duration>,
}

impl Default for Options {
    /// Returns `http://127.0.0.1:3001` as the issuer, `http://127.0.0.1:3000/webhooks/clerk` as the webhook URL, no
    /// secrets, no data file, no scripts, and Svix's retry schedule at a thousandth of its length: 5 ms, 300 ms, 1.8 s, 7.2 s, 18
    /// s, 36 s and 36 s instead of 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h.
    fn default() -> Self {
        Self {
            issuer: "http://127.0.0.1:3001".to_owned(),
            webhook_url: "http://127.0.0.1:3000/webhooks/clerk".to_owned(),
            webhook_secret: None,
            secret_key: None,
            data: None,
            scripts: None,
            retry_delays: RETRY_DELAYS.to_vec(),
        }
    }
}

impl Options {
    /// Returns the first of the given webhook secrets, if there is one.
    pub(crate) fn given_webhook_secret(&self) -> Option<&str> {
        let secrets = self.webhook_secret.as_deref().unwrap_or_default();
        secrets.split(',').map(str::trim).find(|secret| !secret.is_empty())
    }

    /// Returns the given secret key, if there is one.
    pub(crate) fn given_secret_key(&self) -> Option<&str> {
        self.secret_key.as_deref().map(str::trim).filter(|key| !key.is_empty())
    }
}

pub(crate) fn generate_secret_key() -> String {
    format!("sk_test_{}", ids::base62(42))
}

pub(crate) fn generate_webhook_secret() -> String {
    format!("whsec_{}", STANDARD.encode(rand::random::<[u8; 24]>()))
}
