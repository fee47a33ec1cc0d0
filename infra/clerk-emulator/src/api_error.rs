//! Errors of the Backend API in Clerk's shape. Codes and messages are those of Clerk's "Backend API errors" page.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::ids;

/// An answer other than success: a status and one entry for each thing that is wrong.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    errors: Vec<Problem>,
}

/// One entry of `errors`.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    message: String,
    long_message: String,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Value>,
}

impl Problem {
    fn new(code: &'static str, message: &str, long_message: impl Into<String>) -> Self {
        let (message, long_message) = (message.to_owned(), long_message.into());
        Self { message, long_message, code, meta: None }
    }

    fn param(code: &'static str, param: &str, message: &str, long_message: String) -> Self {
        let meta = Some(json!({"param_name": param}));
        Self { meta, ..Self::new(code, message, long_message) }
    }

    pub(super) fn unknown(param: &str) -> Self {
        let long = format!("{param} is not a valid parameter for this request.");
        Self::param("form_param_unknown", param, "is unknown", long)
    }

    pub(super) fn missing(param: &str) -> Self {
        Self::param("form_param_missing", param, "is missing", format!("{param} must be included."))
    }

    pub(super) fn kind(param: &str, expected: &str) -> Self {
        let long = format!("`{param}` must be a `{expected}`.");
        Self::param("form_param_type_invalid", param, "is invalid", long)
    }

    pub(super) fn format(param: &str, expected: &str) -> Self {
        let long = format!("{param} must be {expected}.");
        Self::param("form_param_format_invalid", param, "is invalid", long)
    }

    pub(super) fn value(param: &str) -> Self {
        Self::param("form_param_value_invalid", param, "is invalid", format!("{param} is invalid"))
    }

    pub(super) fn too_large(param: &str, maximum: i64) -> Self {
        let long = format!("The value of {param} can't be greater than {maximum}");
        Self::param("form_param_value_too_large", param, "Value too large", long)
    }

    pub(super) fn too_long(param: &str, maximum_bytes: usize) -> Self {
        let long = format!("{param} exceeds the maximum allowed size of {maximum_bytes} bytes.");
        Self::param("form_param_exceeds_allowed_size", param, "exceeds maximum size", long)
    }

    pub(super) fn time(param: &str) -> Self {
        let long =
            format!("{param} must contain a datetime specified in RFC3339 format (e.g. `2022-10-20T10:00:27.645Z`).");
        Self::param("form_param_invalid_time", param, "invalid format", long)
    }

    pub(super) fn taken(param: &str) -> Self {
        let long = format!("That {} is taken. Please try another.", param.replace('_', " "));
        Self::param("form_identifier_exists", param, "already exists", long)
    }

    pub(super) fn resource(param: &str) -> Self {
        let long = format!("The resource associated with the supplied {param} was not found.");
        Self::param("form_resource_not_found", param, "is missing", long)
    }
}

impl ApiError {
    fn one(status: StatusCode, code: &'static str, message: &str, long_message: impl Into<String>) -> Self {
        Self { status, errors: vec![Problem::new(code, message, long_message)] }
    }

    /// 422, naming each parameter that is wrong.
    pub(super) fn params(errors: Vec<Problem>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, errors }
    }

    pub(super) fn user_not_found(id: &str) -> Self {
        Self::not_found("not found", format!("No user was found with id {id}"))
    }

    pub(super) fn session_not_found(id: &str) -> Self {
        Self::not_found("Session not found", format!("No session was found with id {id}"))
    }

    pub(super) fn route_not_found() -> Self {
        Self::not_found("not found", "Resource not found".to_owned())
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "Method not allowed";
        Self::one(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message, message)
    }

    fn not_found(message: &str, long_message: String) -> Self {
        Self::one(StatusCode::NOT_FOUND, "resource_not_found", message, long_message)
    }

    pub(super) fn authorization_header() -> Self {
        Self::one(
            StatusCode::UNAUTHORIZED,
            "authorization_header_format_invalid",
            "Invalid Authorization header format",
            "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'",
        )
    }

    pub(super) fn secret_key() -> Self {
        let message = "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.";
        Self::one(StatusCode::UNAUTHORIZED, "clerk_key_invalid", message, message)
    }

    pub(super) fn body() -> Self {
        Self::one(
            StatusCode::BAD_REQUEST,
            "request_body_invalid",
            "Request body invalid",
            "The request body is invalid. Please consult the API documentation for more information.",
        )
    }

    pub(super) fn body_too_large() -> Self {
        Self::one(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request_body_too_large",
            "Request body too large",
            "The request body exceeds the maximum allowed size.",
        )
    }

    pub(super) fn content_type(actual: &str) -> Self {
        Self::one(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_content_type",
            "Content-Type is unsupported",
            format!("Content-Type {actual} is unsupported. You should use application/json instead."),
        )
    }

    pub(super) fn too_many_requests() -> Self {
        Self::one(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "Too many requests",
            "Too many requests. Please try again in a bit.",
        )
    }

    pub(super) fn unavailable() -> Self {
        Self::one(
            StatusCode::SERVICE_UNAVAILABLE,
            "service_unavailable",
            "Service unavailable",
            "The service is temporarily unavailable.",
        )
    }

    pub(super) fn internal() -> Self {
        Self::one(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_clerk_error",
            "Oops, an unexpected error occurred",
            "There was an internal error on our servers.",
        )
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::params(vec![problem])
    }
}

impl ApiError {
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// The body, under a trace id of its own.
    pub(super) fn json(&self) -> Value {
        json!({"errors": self.errors, "clerk_trace_id": ids::hex(32)})
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.json())).into_response()
    }
}
