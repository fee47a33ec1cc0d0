//! The settings of an instance, and the secrets that are generated if none are given.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{ids, webhooks::RETRY_DELAYS};

/// The settings of an instance.
#[derive(Clone)]
pub struct Options {
    /// The `iss` of every token, as in `http://127.0.0.1:3001`. A trailing slash is removed.
    pub issuer: String,
    /// The `http` or `https` URL that receives the webhooks.
    pub webhook_url: String,
    /// The signing secret of webhooks, `whsec_…`. If it is a comma-separated list, the first entry is used. If it is blank or
    /// `None`, a secret is generated.
    pub webhook_secret: Option<String>,
    /// The secret key of the Backend API, `sk_…`. If it is blank or `None`, a key is generated.
    pub secret_key: Option<String>,
    /// The time between each failed delivery attempt and the next. If it is empty, there are no retries.
    pub retry_delays: Vec<Duration>,
}

impl Default for Options {
    /// Returns `http://127.0.0.1:3001` as the issuer, `http://127.0.0.1:3000/webhooks/clerk` as the webhook URL, no secrets,
    /// and Svix's retry schedule at a thousandth of its length: 5 ms, 300 ms, 1.8 s, 7.2 s, 18 s, 36 s and 36 s instead of
    /// 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h.
    fn default() -> Self {
        Self {
            issuer: "http://127.0.0.1:3001".to_owned(),
            webhook_url: "http://127.0.0.1:3000/webhooks/clerk".to_owned(),
            webhook_secret: None,
            secret_key: None,
            retry_delays: RETRY_DELAYS.to_vec(),
        }
    }
}

impl Options {
    pub(crate) fn first_webhook_secret(&self) -> String {
        let secrets = self.webhook_secret.as_deref().unwrap_or_default();
        let first = secrets.split(',').map(str::trim).find(|secret| !secret.is_empty());
        first.map_or_else(generate_webhook_secret, str::to_owned)
    }

    pub(crate) fn backend_secret_key(&self) -> String {
        match self.secret_key.as_deref().unwrap_or_default().trim() {
            "" => format!("sk_test_{}", ids::base62(42)),
            given => given.to_owned(),
        }
    }
}

fn generate_webhook_secret() -> String {
    format!("whsec_{}", STANDARD.encode(rand::random::<[u8; 24]>()))
}
