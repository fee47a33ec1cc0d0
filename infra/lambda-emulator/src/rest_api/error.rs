//! The responses of the gateway itself, with the texts of a REST API.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use crate::request_body::BodyError;

/// A request that gets no response from a function.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GatewayError {
    NoRoute,
    TooLarge,
    BadRequest,
    Timeout,
    Failed,
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
            Self::NoRoute => "no route",
            Self::TooLarge => "the request is larger than API Gateway or Lambda allows",
            Self::BadRequest => "the body could not be read",
            Self::Timeout => "the function timed out",
            Self::Failed => "the function failed, or its response does not begin with a prelude",
        }
    }

    /// Returns the response ("Gateway response types for API Gateway").
    pub(crate) fn response(self) -> Response {
        let (status, kind, message) = match self {
            // A REST API does not tell a missing route from a missing signature.
            Self::NoRoute => {
                (StatusCode::FORBIDDEN, "MissingAuthenticationTokenException", "Missing Authentication Token")
            }
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", "Request Too Long"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, "BadRequestException", "Bad Request"),
            Self::Timeout => {
                (StatusCode::GATEWAY_TIMEOUT, "InternalServerErrorException", "Endpoint request timed out")
            }
            Self::Failed => (StatusCode::BAD_GATEWAY, "InternalServerErrorException", "Internal server error"),
        };
        let mut response = Response::new(Body::from(format!(r#"{{"message":"{message}"}}"#)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(kind));
        response
    }
}
