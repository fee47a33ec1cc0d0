//! Errors as callers see them: problem details (RFC 9457).

mod cause;
mod conversions;

use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    http::{field_error::FieldErrors, response::Response},
    observe::metrics,
};

pub(crate) use crate::http::problem::cause::Cause;

/// An unsuccessful response. The caller sees all of it except its cause, which is for the log and the metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    errors: FieldErrors,
    /// Extension members (RFC 9457 §3.2). Boxed, because few problems have any.
    members: Option<Box<Map<String, Value>>>,
    header: Option<&'static (&'static str, &'static str)>,
    /// Boxed, because few problems have one.
    cause: Option<Box<Cause>>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "FieldErrors::is_empty")]
    errors: &'a FieldErrors,
    #[serde(flatten)]
    members: Option<&'a Map<String, Value>>,
}

/// Has no error code, because the request has no token (RFC 6750 §3).
const CHALLENGE: (&str, &str) = ("www-authenticate", "Bearer");
const INVALID_TOKEN: (&str, &str) = ("www-authenticate", "Bearer error=\"invalid_token\"");
const USER_NOT_SYNCED: &str = "user-not-synced";
/// The maximum number of a request's errors in the log.
const MAX_LOGGED_ERRORS: usize = 10;
/// The maximum length of a field's name in the log. Keys and tokens are longer.
const MAX_LOGGED_NAME_BYTES: usize = 30;
/// The patch documents that a PATCH accepts (RFC 5789 §2.2 asks for this header in a 415).
const ACCEPT_PATCH: (&str, &str) = ("accept-patch", "application/merge-patch+json, application/json");
/// One second.
const RETRY_AFTER: (&str, &str) = ("retry-after", "1");

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            errors: FieldErrors::default(),
            members: None,
            header: None,
            cause: None,
        }
    }

    /// Sets the errors of the request's fields. Replaces earlier ones.
    pub(crate) fn with_errors(mut self, errors: FieldErrors) -> Self {
        self.errors = errors;
        self
    }

    pub(crate) fn with_member(mut self, name: &str, value: Value) -> Self {
        self.members.get_or_insert_default().insert(name.to_owned(), value);
        self
    }

    /// Sets the cause. Replaces an earlier one.
    pub(crate) fn with_cause(mut self, cause: Cause) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// Marks the problem of a webhook delivery as an unreadable event. The event is then logged and counted, and an
    /// alarm watches the count.
    #[must_use]
    pub fn as_unreadable_event(self, reason: String) -> Self {
        self.with_cause(Cause::UnreadableEvent(reason))
    }

    fn with_header(mut self, header: &'static (&'static str, &'static str)) -> Self {
        self.header = Some(header);
        self
    }

    /// Returns a 400: the request cannot be parsed.
    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, "Bad request", detail)
    }

    /// Returns a 401: the request has no token.
    pub(crate) fn no_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "no-token",
            "Authentication required",
            "send a Clerk session token as Authorization: Bearer",
        )
        .with_header(&CHALLENGE)
    }

    /// Returns a 401: the token is invalid.
    pub(crate) fn invalid_token(detail: impl ToString) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid-token", "Invalid token", detail.to_string())
            .with_header(&INVALID_TOKEN)
    }

    /// Returns a 403: the caller is known and is not allowed to do this.
    pub(crate) fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, "Forbidden", detail)
    }

    /// Returns a 403: an actor impersonates the user, and only the user may do this.
    pub fn impersonated() -> Self {
        Self::forbidden("impersonated", "the session is impersonated; only the user may do this")
    }

    /// Returns a 403: Clerk does not allow the user to delete the account.
    pub fn delete_self_disabled() -> Self {
        Self::forbidden("delete-self-disabled", "the Clerk instance does not allow this user to delete the account")
    }

    /// Returns a 404. It is the same for ids that are missing, deleted or of another user.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", "there is nothing with this id")
    }

    /// Returns a 413: a part of the request, or the whole body, is larger than `limit` bytes.
    pub(crate) fn too_large(part: &str, limit: usize) -> Self {
        let detail = format!("{part} may have at most {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Request too large", detail)
    }

    /// Returns a 415: the content type is not JSON. For a PATCH, a header names the types.
    pub(crate) fn unsupported_media_type(method: &Method) -> Self {
        let problem = |detail| {
            Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type", detail)
        };
        if method == Method::PATCH {
            problem("send JSON as Content-Type: application/merge-patch+json or application/json")
                .with_header(&ACCEPT_PATCH)
        } else {
            problem("send JSON as Content-Type: application/json")
        }
    }

    /// Returns a 422: the request is valid JSON, but the route cannot process it.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, "Unprocessable request", detail)
    }

    /// Returns a 503: a later attempt may succeed.
    pub(crate) fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, "Service unavailable", detail).with_header(&RETRY_AFTER)
    }

    /// Returns a 503: the operator has to set a variable. A request that is repeated after that succeeds.
    pub(crate) fn not_configured(code: &'static str, variable: &'static str) -> Self {
        Self::unavailable(code, format!("{variable} is not set"))
            .with_cause(Cause::NotConfigured { variable, error: None })
    }

    /// Returns a 503: there is no secret key for Clerk's Backend API.
    pub(crate) fn clerk_not_configured() -> Self {
        Self::not_configured("clerk-not-configured", "CLERK_SECRET_KEY")
    }

    /// Returns a 500 without any detail of the failure.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
            "the request failed; quote the request_id when you report it",
        )
    }

    /// Returns the last part of `type`.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// Returns the reason for the log, without any value of the request: the first fields that are wrong and their
    /// rules, or the detail.
    pub(crate) fn reason(&self) -> String {
        if self.errors.is_empty() {
            return self.detail.clone();
        }
        let reasons = self
            .errors
            .iter()
            .take(MAX_LOGGED_ERRORS)
            .map(|error| format!("{}: {}", shown_field(&error.field), error.detail));
        reasons.collect::<Vec<_>>().join("; ")
    }

    /// Returns whether the caller's user is not stored yet.
    pub(crate) fn is_user_not_synced(&self) -> bool {
        self.code == USER_NOT_SYNCED
    }

    /// Writes the cause to the log and counts the problem. The server calls this once, when it answers.
    pub(crate) fn record(&self) {
        let cause = self.cause.as_deref();
        if let Some(cause) = cause {
            cause.record();
        }
        if self.status.is_server_error() && cause.is_none_or(Cause::is_server_fault) {
            metrics::server_error();
        }
    }

    pub(crate) fn into_response(self, request_id: &str) -> Response {
        let body = Body {
            r#type: format!("urn:usher:problem:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            request_id,
            errors: &self.errors,
            members: self.members.as_deref(),
        };
        let response = Response::json(self.status, &body).content_type("application/problem+json");
        match self.header {
            Some((name, value)) => response.header(HeaderName::from_static(name), HeaderValue::from_static(value)),
            None => response,
        }
    }
}

/// Returns the path of a field for the log. A caller may give a field any name, so a name that may be an e-mail address
/// or a key is written as `…`.
fn shown_field(path: &str) -> String {
    let is_plain = |name: &str| {
        name.len() <= MAX_LOGGED_NAME_BYTES
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-[]".contains(&byte))
    };
    path.split('.').map(|name| if is_plain(name) { name } else { "…" }).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
impl Problem {
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn errors(&self) -> &FieldErrors {
        &self.errors
    }
}
