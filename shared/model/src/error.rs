//! Errors of requests to a model.

use std::time::Duration;

use http::{HeaderMap, header};

/// The reason that a model gave no answer, or only a part of it. Holds no text of a message and no key, so it may be
/// logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The endpoint refused the request with this status. A repeated request gets the same response.
    #[error("the model's endpoint refused with status {status}")]
    Refused {
        /// The status code.
        status: u16,
    },
    /// 429: the endpoint takes no more requests for now.
    #[error("the rate limit of the model's endpoint is reached")]
    RateLimited {
        /// The wait of the header `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// 5xx, or no connection.
    #[error("the model's endpoint is unavailable: {0}")]
    Unavailable(String),
    /// The response is not a stream of chat completions, or a part of it is too large.
    #[error("the model's response {0}")]
    Unreadable(&'static str),
    /// The answer ended before the model had finished it.
    #[error("the model's answer broke off: {0}")]
    BrokenOff(String),
    /// The time for the answer is used up.
    #[error("the model's answer was not finished within {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// Reads `Retry-After` (RFC 9110 §10.2.3) in seconds. OpenAI, vLLM and Bedrock send no dates.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
