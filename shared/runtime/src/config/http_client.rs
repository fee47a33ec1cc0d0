//! The client of all requests to Clerk.

use std::{sync::OnceLock, time::Duration};

use reqwest::{Client, redirect};

use super::environment::InitError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The client of all requests to Clerk, made once, by who first needs it. It follows no redirect: keys and users come from
/// where they were asked for, and the secret key goes nowhere else.
pub(super) fn http_client() -> Result<Client, InitError> {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(client.clone());
    }
    let client = Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(redirect::Policy::none()).build();
    let client = client.map_err(|error| InitError::HttpClient(error.to_string()))?;
    Ok(CLIENT.get_or_init(|| client).clone())
}
