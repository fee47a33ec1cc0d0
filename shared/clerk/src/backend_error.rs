//! Errors of requests to the Backend API.

use std::{borrow::Cow, time::Duration};

use http::{HeaderMap, header};
use usher_http::{BodyError, RequestError};

use crate::raw_object::RawObject;

/// The reason that a request to the Backend API failed. Holds no data of a user and not the secret key, so it may be
/// logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// There is no secret key yet. The request was not sent.
    #[error("there is no secret key yet")]
    NoKey,
    /// 401: Clerk does not know the secret key.
    #[error("Clerk does not accept the secret key")]
    Unauthorized,
    /// The secret key belongs to another instance than the accepted tokens. The request was not sent.
    #[error("the secret key belongs to another Clerk instance than the issuer")]
    ForeignKey,
    /// 429, and the retry policy allows no other attempt.
    #[error("Clerk's rate limit is reached")]
    RateLimited {
        /// The wait of the header `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// 5xx, a time-out, or no connection. Clerk may have carried out the request nevertheless.
    #[error("Clerk is unavailable: {0}")]
    Unavailable(String),
    /// Another status. A repeated request gets the same response.
    #[error("Clerk refused with status {status} ({code})")]
    Refused {
        /// The status code.
        status: u16,
        /// The code of Clerk's first error, or `no code`.
        code: String,
    },
    /// A successful response whose body is not the requested one.
    #[error("Clerk's response {0}")]
    Unreadable(&'static str),
}

impl BackendError {
    /// Returns whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable(_))
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => *retry_after,
            _ => None,
        }
    }
}

/// Reads the code of the first error in Clerk's body `{"errors": [{"code", …}]}`. Accepts only lower-case letters and
/// underscores, so that the code may be logged even if the body is not Clerk's. Otherwise returns `no code`.
pub(crate) fn error_code(body: &str) -> String {
    let code = || {
        let body: RawObject = serde_json::from_str(body).ok()?;
        let errors: Vec<RawObject> = serde_json::from_str(body.get("errors")?).ok()?;
        errors.first()?.string("code")
    };
    let is_name = |code: &String| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    code().filter(is_name).map_or(Cow::Borrowed("no code"), Cow::Owned).into_owned()
}

/// Reads `Retry-After` (RFC 9110 §10.2.3) in seconds, the only form that Clerk sends (Clerk's docs, "Rate
/// limits").
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

impl From<RequestError> for BackendError {
    fn from(error: RequestError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<BodyError> for BackendError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::Unreadable("is too large"),
            BodyError::Request(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_code_of_letters_is_read_from_an_error() {
        assert_eq!(
            error_code(r#"{"errors":[{"message":"m","code":"resource_not_found"}],"meta":1}"#),
            "resource_not_found"
        );
        for body in ["", "<html>", r#"{"errors":[]}"#, r#"{"errors":[{"code":"ada@example.com"}]}"#] {
            assert_eq!(error_code(body), "no code", "{body}");
        }
    }

    #[test]
    fn retry_after_is_read_in_seconds() {
        let after = |value: &str| retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, value.parse().unwrap())]));
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
