//! The responses of the gateway itself, with API Gateway's texts.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode},
    response::Response,
};

use crate::request_body::BodyError;

/// A request that gets no response from a function.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GatewayError {
    NotFound,
    TooLarge,
    BadRequest,
    Timeout,
    Internal,
}

impl From<BodyError> for GatewayError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::TooLarge,
            BodyError::Unreadable => Self::BadRequest,
        }
    }
}

impl GatewayError {
    /// Returns the reason for the log. The caller sees API Gateway's text only.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::NotFound => "no route",
            Self::TooLarge => "the request is larger than API Gateway or Lambda allows",
            Self::BadRequest => "the body could not be read",
            Self::Timeout => "the function timed out",
            Self::Internal => "the function failed",
        }
    }

    pub(crate) fn response(self) -> Response {
        let (status, message) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::Timeout => (StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        };
        let mut response = Response::new(Body::from(format!(r#"{{"message":"{message}"}}"#)));
        *response.status_mut() = status;
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
        response
    }
}
