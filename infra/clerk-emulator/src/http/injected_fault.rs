//! The faults that a test can inject.

use std::time::Duration;

use axum::http::header;
use serde_json::{Value, json};

use crate::http::api_error::ApiError;

/// The effect on a request instead of its normal response.
#[derive(Debug, Clone)]
pub enum InjectedFault {
    /// Performs and answers the request after this time. A caller that disconnects does not cancel it.
    Delay(Duration),
    /// Neither performs nor answers the request.
    NoResponse,
    /// Returns this response without performing the request. A status or a header that HTTP does not allow makes it
    /// 500.
    Response {
        /// A status from 100 to 999.
        status: u16,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// Performs the request, but returns 502, as a proxy does that lost the response.
    LostResponse,
}

impl InjectedFault {
    /// Returns Clerk's response to too many requests: 429 with `Retry-After` in seconds.
    pub fn rate_limited(retry_after_seconds: u64) -> Self {
        let retry_after = (header::RETRY_AFTER.to_string(), retry_after_seconds.to_string());
        Self::error(&ApiError::too_many_requests(), Some(retry_after))
    }

    /// Returns Clerk's response to an outage: 503.
    pub fn unavailable() -> Self {
        Self::error(&ApiError::unavailable(), None)
    }

    /// Returns the object that the control routes return.
    pub(crate) fn object(&self) -> Value {
        match self {
            Self::Delay(duration) => json!({"fault": "delay", "delay_ms": duration.as_millis() as u64}),
            Self::NoResponse => json!({"fault": "no_response"}),
            Self::Response { status, .. } => json!({"fault": "response", "status": status}),
            Self::LostResponse => json!({"fault": "lost_response"}),
        }
    }

    fn error(error: &ApiError, header: Option<(String, String)>) -> Self {
        let mut headers = vec![(header::CONTENT_TYPE.to_string(), "application/json".to_owned())];
        headers.extend(header);
        Self::Response { status: error.status().as_u16(), headers, body: error.json().to_string() }
    }
}
