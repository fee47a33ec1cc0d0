//! Rules of HTTP requests that carry a secret, to Clerk and to others: which addresses are trusted, how large a body may
//! be, and what an error may say.

use std::{error::Error, net::IpAddr};

use reqwest::{Response, Url};

/// The reason that the body of a response was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyError {
    /// The body is larger than the limit.
    TooLarge,
    /// The connection failed. Holds the reason, without the URL.
    Transport(String),
}

/// Returns whether requests to a URL can be neither read nor changed on the way: the scheme is `https`, or it is `http`
/// and the host is this machine (`localhost`, a loopback address, or Docker's name for its host).
pub fn is_secure(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" => !host.is_empty(),
        "http" => is_this_machine(host),
        _ => false,
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    matches!(host, "localhost" | "host.docker.internal") || address.is_ok_and(|address| address.is_loopback())
}

/// Reads the body of a response, up to `limit` bytes.
///
/// # Errors
/// The body is larger, or the connection fails.
pub async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    let failed = |error| BodyError::Transport(describe_failure(error));
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > limit {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Describes why a request failed, for a log. The URL is left out, because it may hold the id of a user. The source of
/// the error is included, because reqwest's own message does not name the cause.
pub fn describe_failure(error: reqwest::Error) -> String {
    let error = error.without_url();
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
