//! Errors as callers see them: problem details (RFC 9457).

mod cause;
mod conversions;

use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;
use usher_contract::{FieldErrors, PROBLEM_JSON, ProblemCode, ProblemDetails, header};

use crate::{http::response::Response, observe::metrics};

pub(crate) use crate::http::problem::cause::Cause;

/// An unsuccessful response. The caller sees all of it except its cause, which is for the log and the metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    code: ProblemCode,
    detail: String,
    errors: FieldErrors,
    /// Boxed, because few problems have one.
    clerk_error: Option<Box<Value>>,
    header: Option<&'static (&'static str, &'static str)>,
    /// Boxed, because few problems have one.
    cause: Option<Box<Cause>>,
}

/// Has no error code, because the request has no token (RFC 6750 §3).
const CHALLENGE: (&str, &str) = (header::WWW_AUTHENTICATE, "Bearer");
const INVALID_TOKEN: (&str, &str) = (header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
/// The maximum number of a request's errors in the log.
const MAX_LOGGED_ERRORS: usize = 10;
/// The maximum length of a field's name in the log. Keys and tokens are longer.
const MAX_LOGGED_NAME_BYTES: usize = 30;
/// The patch documents that a PATCH accepts (RFC 5789 §2.2 asks for this header in a 415).
const ACCEPT_PATCH: (&str, &str) = (header::ACCEPT_PATCH, "application/merge-patch+json, application/json");
/// One second.
const RETRY_AFTER: (&str, &str) = (header::RETRY_AFTER, "1");

impl Problem {
    pub(crate) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: FieldErrors::default(),
            clerk_error: None,
            header: None,
            cause: None,
        }
    }

    /// Returns the problem of a request whose fields are wrong.
    pub(crate) fn of_fields(code: ProblemCode, errors: FieldErrors) -> Self {
        let problem = Self::new(code, errors.summary());
        Self { errors, ..problem }
    }

    pub(crate) fn with_clerk_error(mut self, clerk_error: Value) -> Self {
        self.clerk_error = Some(Box::new(clerk_error));
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

    /// Returns a 401: the request has no token.
    pub(crate) fn no_token() -> Self {
        Self::new(ProblemCode::NoToken, "send a Clerk session token as Authorization: Bearer").with_header(&CHALLENGE)
    }

    /// Returns a 401: the token is invalid.
    pub(crate) fn invalid_token(detail: impl ToString) -> Self {
        Self::new(ProblemCode::InvalidToken, detail.to_string()).with_header(&INVALID_TOKEN)
    }

    /// Returns a 403: an actor impersonates the user, and only the user may do this.
    pub fn impersonated() -> Self {
        Self::new(ProblemCode::Impersonated, "the session is impersonated; only the user may do this")
    }

    /// Returns a 403: Clerk does not allow the user to delete the account.
    pub fn delete_self_disabled() -> Self {
        let detail = "the Clerk instance does not allow this user to delete the account";
        Self::new(ProblemCode::DeleteSelfDisabled, detail)
    }

    /// Returns a 404. It is the same for ids that are missing, deleted or of another user.
    pub fn not_found() -> Self {
        Self::new(ProblemCode::NotFound, "there is nothing with this id")
    }

    /// Returns a 413: a part of the request, or the whole body, is larger than `limit` bytes.
    pub(crate) fn too_large(part: &str, limit: usize) -> Self {
        Self::new(ProblemCode::TooLarge, format!("{part} may have at most {limit} bytes"))
    }

    /// Returns a 415: the content type is not JSON. For a PATCH, a header names the types.
    pub(crate) fn unsupported_media_type(method: &Method) -> Self {
        let problem = |detail| Self::new(ProblemCode::UnsupportedMediaType, detail);
        if method == Method::PATCH {
            problem("send JSON as Content-Type: application/merge-patch+json or application/json")
                .with_header(&ACCEPT_PATCH)
        } else {
            problem("send JSON as Content-Type: application/json")
        }
    }

    /// Returns a 422: the signed event of a webhook cannot be read. The event is logged and counted, and an alarm
    /// watches the count.
    pub fn unreadable_event(reason: String) -> Self {
        Self::new(ProblemCode::UnreadableEvent, reason.as_str()).as_unreadable_event(reason)
    }

    /// Returns a 503: a later attempt may succeed.
    pub(crate) fn unavailable(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::new(code, detail).with_header(&RETRY_AFTER)
    }

    /// Returns a 503: the operator has to set a variable. A request that is repeated after that succeeds.
    pub(crate) fn not_configured(code: ProblemCode, variable: &'static str) -> Self {
        Self::unavailable(code, format!("{variable} is not set"))
            .with_cause(Cause::NotConfigured { variable, error: None })
    }

    /// Returns a 503: there is no secret key for Clerk's Backend API.
    pub(crate) fn clerk_not_configured() -> Self {
        Self::not_configured(ProblemCode::ClerkNotConfigured, "CLERK_SECRET_KEY")
    }

    /// Returns a 500 without any detail of the failure.
    pub fn internal() -> Self {
        Self::new(ProblemCode::Internal, "the request failed; quote the request_id when you report it")
    }

    /// Returns the status of the code.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Returns the last part of `type`.
    pub(crate) fn code(&self) -> &'static str {
        self.code.as_str()
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
        self.code == ProblemCode::UserNotSynced
    }

    /// Writes the cause to the log and counts the problem. The server calls this once, when it answers.
    pub(crate) fn record(&self) {
        let cause = self.cause.as_deref();
        if let Some(cause) = cause {
            cause.record();
        }
        if self.status().is_server_error() && cause.is_none_or(Cause::is_server_fault) {
            metrics::server_error();
        }
    }

    /// Returns the problem as callers see it.
    pub(crate) fn into_details(self, request_id: &str) -> ProblemDetails {
        ProblemDetails {
            r#type: self.code.type_uri(),
            title: self.code.title().to_owned(),
            status: self.code.status(),
            detail: self.detail,
            request_id: request_id.to_owned(),
            errors: self.errors,
            clerk_error: self.clerk_error.map(|clerk_error| *clerk_error),
        }
    }

    pub(crate) fn into_response(self, request_id: &str) -> Response {
        let (status, header) = (self.status(), self.header);
        let response = Response::json(status, &self.into_details(request_id)).content_type(PROBLEM_JSON);
        match header {
            Some((name, value)) => response.header(HeaderName::from_static(name), HeaderValue::from_static(value)),
            None => response,
        }
    }
}

/// Returns the path of a field for the log. A caller may give a field any name, so a name that may be an e-mail address
/// or a key is written as `…`. An empty name is written as `""`.
fn shown_field(path: &str) -> String {
    let is_plain = |name: &str| {
        name.len() <= MAX_LOGGED_NAME_BYTES
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-[]".contains(&byte))
    };
    let shown = |name| match name {
        "" => "\"\"",
        name if is_plain(name) => name,
        _ => "…",
    };
    path.split('.').map(shown).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
impl Problem {
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn errors(&self) -> &FieldErrors {
        &self.errors
    }
}
