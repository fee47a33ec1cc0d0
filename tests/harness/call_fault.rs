//! The faults of single calls to DynamoDB.

use std::time::Duration;

use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

/// What happens to a call instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallFault {
    /// The account is over its rate.
    Throttled,
    /// The partition is over its capacity.
    ThroughputExceeded,
    /// DynamoDB answers 500.
    ServerError,
    /// DynamoDB answers 503.
    Unavailable,
    /// The connection is closed, and the call is not carried out.
    Cut,
    /// The call is carried out, and the connection is closed without an answer.
    LostAnswer,
    /// The call is carried out, and no byte of the answer ever comes.
    Silent,
    /// The call is carried out, and the answer comes after this time.
    LateAnswer(Duration),
}

impl CallFault {
    /// The answer of DynamoDB to a call that it refuses. `None` for the other faults.
    pub(crate) fn answer(&self) -> Option<Response> {
        let (status, kind) = match self {
            Self::Throttled => (StatusCode::BAD_REQUEST, "com.amazonaws.dynamodb.v20120810#ThrottlingException"),
            Self::ThroughputExceeded => {
                (StatusCode::BAD_REQUEST, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException")
            }
            Self::ServerError => {
                (StatusCode::INTERNAL_SERVER_ERROR, "com.amazonaws.dynamodb.v20120810#InternalServerError")
            }
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "com.amazon.coral.service#ServiceUnavailableException")
            }
            Self::Cut | Self::LostAnswer | Self::Silent | Self::LateAnswer(_) => return None,
        };
        let body = format!(r#"{{"__type":"{kind}","message":"A fault that a test has chosen."}}"#);
        Some((status, [("content-type", "application/x-amz-json-1.0")], body).into_response())
    }
}
