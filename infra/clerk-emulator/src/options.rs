//! How an instance is set up, and what is generated where nothing was said.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ids;
use super::webhooks::RETRY_DELAYS;

/// How an instance is set up.
#[derive(Clone)]
pub struct Options {
    /// The issuer of every token, as in `http://127.0.0.1:3001`. A trailing slash is dropped.
    pub issuer: String,
    /// Where webhooks go: an `http` or `https` URL.
    pub webhook_url: String,
    /// The signing secret, `whsec_…`. Of a comma-separated list the first counts; blank or `None` generates one.
    pub webhook_secret: Option<String>,
    /// The key of the Backend API, `sk_…`; blank or `None` generates one.
    pub secret_key: Option<String>,
    /// The waits between one failed attempt of a delivery and the next; empty means no retries.
    pub retry_delays: Vec<Duration>,
}

/// The addresses of `cargo dev`, generated secrets, and Svix's retry schedule at 1:1000: 5 ms, 300 ms, 1.8 s, 7.2 s, 18 s,
/// 36 s and 36 s stand for 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h.
impl Default for Options {
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
    pub(super) fn first_webhook_secret(&self) -> String {
        let secrets = self.webhook_secret.as_deref().unwrap_or_default();
        let first = secrets.split(',').map(str::trim).find(|secret| !secret.is_empty());
        first.map_or_else(generated_webhook_secret, str::to_owned)
    }

    pub(super) fn backend_secret_key(&self) -> String {
        match self.secret_key.as_deref().unwrap_or_default().trim() {
            "" => format!("sk_test_{}", ids::base62(42)),
            given => given.to_owned(),
        }
    }
}

fn generated_webhook_secret() -> String {
    format!("whsec_{}", STANDARD.encode(rand::random::<[u8; 24]>()))
}
