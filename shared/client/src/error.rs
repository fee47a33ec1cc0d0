//! Errors of a call.

use std::{error::Error as StdError, time::Duration};

use usher_contract::{ProblemCode, ProblemDetails};

/// The reason that a token source has no token to return.
pub type TokenError = Box<dyn StdError + Send + Sync>;

/// The reason that a call failed. Holds no token and no URL, so it may be logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The API refused the request, or could not carry it out.
    #[error("{} {}: {} (request {})", details.status, details.r#type, details.detail, details.request_id)]
    Problem {
        /// What the API says. [`ProblemDetails::errors`] lists wrong fields.
        details: Box<ProblemDetails>,
        /// The wait that the API asks for (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// An unsuccessful response that is not the API's own: of API Gateway or of a proxy.
    #[error("status {status}: {}", message.as_deref().unwrap_or("no message"))]
    Gateway {
        /// The HTTP status.
        status: u16,
        /// The `message` of API Gateway, for example `Too Many Requests`.
        message: Option<String>,
        /// The wait that the response asks for (`Retry-After`). API Gateway asks for none.
        retry_after: Option<Duration>,
        /// The id of the request in API Gateway's access log.
        request_id: Option<String>,
    },
    /// The connection failed. The API may have carried out the request nevertheless.
    #[error("the connection to the API failed")]
    Transport(#[source] reqwest::Error),
    /// The time limit of an attempt or of the call passed. The API may have carried out the request nevertheless.
    #[error("the API did not respond within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The token source returned an error, or a text that is not a token.
    #[error("there is no session token")]
    Token(#[source] TokenError),
    /// An attempt failed, and then the token source returned the token of another user, or none. The request was not
    /// repeated, because the repeat would be a request of the other user.
    #[error("the user of the session token changed between two attempts")]
    UserChanged,
    /// The body of the response is not what the API promises. The API has carried out the request if the status is 2xx.
    #[error("the response with status {status} {reason}")]
    UnreadableResponse {
        /// The HTTP status.
        status: u16,
        /// What is wrong with the body.
        reason: Unreadable,
        /// The id of the request in API Gateway's access log.
        request_id: Option<String>,
    },
    /// The URL of the API cannot be used. No request was sent.
    #[error("the URL of the API {0}")]
    InvalidUrl(&'static str),
}

/// What is wrong with the body of a response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// The body has more than 6 MB, Lambda's limit for a response.
    #[error("is larger than 6 MB")]
    TooLarge,
    /// The body is not the expected JSON. Holds the requirement, without the value.
    #[error("is not the expected JSON: {0}")]
    Json(String),
    /// A streamed reply that is not whole. Holds the reason.
    #[error("is not a whole reply: {0}")]
    Reply(&'static str),
    /// The response has no `ETag`, or one that is not a version.
    #[error("has no version")]
    NoVersion,
}

impl Error {
    /// Returns the code of the problem. Returns `None` for other errors, and for a code that this version of the client
    /// does not know.
    pub fn code(&self) -> Option<ProblemCode> {
        match self {
            Self::Problem { details, .. } => details.code(),
            _ => None,
        }
    }

    /// Returns the HTTP status, if there was a response.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Problem { details, .. } => Some(details.status),
            Self::Gateway { status, .. } | Self::UnreadableResponse { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns the id of the request. The log of the function has the id of a problem as `request_id`. API Gateway's
    /// access log has both that id and, as `api_request_id`, the id of any other response.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Problem { details, .. } => Some(&details.request_id),
            Self::Gateway { request_id, .. } | Self::UnreadableResponse { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// Returns the wait that the response asks for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem { retry_after, .. } | Self::Gateway { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Returns whether the same request may succeed later. It does not say that a repeat has no further effect.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Transport(error) => !error.is_builder(),
            Self::TimedOut(_) => true,
            Self::Token(_) | Self::UserChanged | Self::InvalidUrl(_) => false,
            Self::Problem { .. } | Self::Gateway { .. } | Self::UnreadableResponse { .. } => {
                matches!(self.code(), Some(ProblemCode::Conflict | ProblemCode::UserNotSynced))
                    || matches!(self.status(), Some(429 | 502 | 503 | 504))
            }
        }
    }

    /// Returns whether the API certainly has not carried out the request: it was not sent, or was refused before the
    /// change. A 503 `unavailable` is not certain, because the database may have made the change without a response.
    pub(crate) fn had_no_effect(&self) -> bool {
        match self {
            Self::Transport(error) => error.is_connect(),
            _ if self.status() == Some(429) => true,
            _ => matches!(
                self.code(),
                Some(ProblemCode::Conflict | ProblemCode::UserNotSynced | ProblemCode::KeysUnavailable)
            ),
        }
    }

    /// Returns whether another token of the same user may be accepted.
    pub(crate) fn is_refused_token(&self) -> bool {
        self.status() == Some(401) && self.code() != Some(ProblemCode::UserDeleted)
    }

    /// Converts an error of the connection. The URL is left out, because it may hold the id of a user.
    pub(crate) fn transport(error: reqwest::Error) -> Self {
        Self::Transport(error.without_url())
    }
}
