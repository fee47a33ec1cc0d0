//! Errors in Clerk's format. Codes and messages of the Backend API are those of Clerk's "Backend API errors" page.

use axum::{
    Extension, Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{http::error_entry::ErrorEntry, ids};

/// The maximum number of entries that the log names.
const LOGGED_ENTRIES: usize = 5;

/// The reason of a refusal for the log, as an extension of the response. Holds codes and names of parameters, but no
/// value of the request.
#[derive(Clone)]
pub(crate) struct Reason(pub(crate) String);

/// A status other than success, with one entry for each mistake.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    errors: Vec<ErrorEntry>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: &str, long_message: impl Into<String>) -> Self {
        Self { status, errors: vec![ErrorEntry::new(code, message, long_message)] }
    }

    /// Returns 422 with one entry for each wrong parameter.
    pub(crate) fn params(errors: Vec<ErrorEntry>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, errors }
    }

    pub(crate) fn user_not_found(id: &str) -> Self {
        Self::not_found("not found", format!("No user was found with id {id}"))
    }

    pub(crate) fn session_not_found(id: &str) -> Self {
        Self::not_found("Session not found", format!("No session was found with id {id}"))
    }

    pub(crate) fn delivery_not_found(id: &str) -> Self {
        Self::not_found("not found", format!("No delivery was found with id {id}"))
    }

    pub(crate) fn delivery_not_held(id: &str) -> Self {
        let long_message = format!("The delivery {id} is not held");
        Self::new(StatusCode::CONFLICT, "delivery_not_held", "not held", long_message)
    }

    pub(crate) fn sign_in_token_not_found(id: &str) -> Self {
        Self::not_found("not found", format!("No sign-in token was found with id {id}"))
    }

    pub(crate) fn route_not_found() -> Self {
        Self::not_found("not found", "Resource not found".to_owned())
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "Method not allowed";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message, message)
    }

    fn not_found(message: &str, long_message: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, "resource_not_found", message, long_message)
    }

    pub(crate) fn invalid_authorization_header() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "authorization_header_format_invalid",
            "Invalid Authorization header format",
            "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'",
        )
    }

    pub(crate) fn invalid_secret_key() -> Self {
        let message = "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.";
        Self::new(StatusCode::UNAUTHORIZED, "clerk_key_invalid", message, message)
    }

    pub(crate) fn invalid_body() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "request_body_invalid",
            "Request body invalid",
            "The request body is invalid. Please consult the API documentation for more information.",
        )
    }

    pub(crate) fn body_too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request_body_too_large",
            "Request body too large",
            "The request body exceeds the maximum allowed size.",
        )
    }

    pub(crate) fn unsupported_content_type(actual: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_content_type",
            "Content-Type is unsupported",
            format!("Content-Type {actual} is unsupported. You should use application/json instead."),
        )
    }

    pub(crate) fn too_many_requests() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "Too many requests",
            "Too many requests. Please try again in a bit.",
        )
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "service_unavailable",
            "Service unavailable",
            "The service is temporarily unavailable.",
        )
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_clerk_error",
            "Oops, an unexpected error occurred",
            "There was an internal error on our servers.",
        )
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    fn reason(&self) -> Reason {
        let entries = self.errors.iter().take(LOGGED_ENTRIES).map(ErrorEntry::reason);
        let others = (self.errors.len() > LOGGED_ENTRIES).then(|| "…".to_owned());
        Reason(entries.chain(others).collect::<Vec<_>>().join(", "))
    }

    /// Returns the body, with a new trace id.
    pub(crate) fn json(&self) -> Value {
        json!({"errors": self.errors, "clerk_trace_id": ids::hex(32)})
    }
}

impl From<ErrorEntry> for ApiError {
    fn from(entry: ErrorEntry) -> Self {
        Self::params(vec![entry])
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Extension(self.reason()), Json(self.json())).into_response()
    }
}
