//! What can come of a request to the Backend API, other than what was asked for.

use std::{borrow::Cow, error::Error, time::Duration};

use http::{HeaderMap, header};

use crate::object::Object;

/// Why Clerk did not do what it was asked. Holds nothing of a user, nor the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// 401: the secret key is not one of the instance.
    #[error("Clerk does not accept the secret key")]
    Unauthorized,
    /// The secret key belongs to another instance than the tokens. Nothing was asked of that instance.
    #[error("the secret key belongs to another Clerk instance than the issuer")]
    ForeignKey,
    /// 429, beyond what was waited for.
    #[error("Clerk's rate limit is reached")]
    RateLimited {
        /// What `Retry-After` said.
        retry_after: Option<Duration>,
    },
    /// 5xx, a time-out, or no connection. What was asked may have been done.
    #[error("Clerk is unavailable: {0}")]
    Unavailable(String),
    /// Another status: asking again ends the same.
    #[error("Clerk refused with status {status} ({code})")]
    Refused {
        /// The status.
        status: u16,
        /// Clerk's name of the error.
        code: String,
    },
    /// A success that is not what was asked for.
    #[error("Clerk's answer {0}")]
    Unreadable(&'static str),
}

impl BackendError {
    /// Whether the same request may succeed later.
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

/// The code of the first error in Clerk's body `{"errors": [{"code", …}]}`; letters and underscores alone, so that it
/// may be logged whoever answered.
pub(crate) fn error_code(body: &str) -> String {
    let code = || {
        let body: Object = serde_json::from_str(body).ok()?;
        let errors: Vec<Object> = serde_json::from_str(body.get("errors")?).ok()?;
        errors.first()?.string("code")
    };
    let is_name = |code: &String| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    code().filter(is_name).map_or(Cow::Borrowed("no code"), Cow::Owned).into_owned()
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3), the only form Clerk sends.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Tells why without the address, which holds the id.
pub(crate) fn unavailable(error: reqwest::Error) -> BackendError {
    let error = error.without_url();
    BackendError::Unavailable(match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_known_by_its_code_alone() {
        assert_eq!(
            error_code(r#"{"errors":[{"message":"m","code":"resource_not_found"}],"meta":1}"#),
            "resource_not_found"
        );
        for body in ["", "<html>", r#"{"errors":[]}"#, r#"{"errors":[{"code":"ada@example.com"}]}"#] {
            assert_eq!(error_code(body), "no code", "{body}");
        }
    }

    #[test]
    fn retry_after_is_in_seconds() {
        let after = |value: &str| retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, value.parse().unwrap())]));
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
