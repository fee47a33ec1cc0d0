//! The HTTP client for requests to Clerk.

use std::{sync::OnceLock, time::Duration};

use reqwest::{Client, redirect};

use crate::config::environment::InitError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Returns the HTTP client for requests to Clerk. The first call creates it. The client does not follow redirects, so
/// that keys and users come only from the configured host, and the secret key goes only there.
pub(super) fn http_client() -> Result<Client, InitError> {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(client.clone());
    }
    let client = Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(redirect::Policy::none()).build();
    let client = client.map_err(|error| InitError::HttpClient(error.to_string()))?;
    Ok(CLIENT.get_or_init(|| client).clone())
}
