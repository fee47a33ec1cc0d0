//! Errors as callers see them: problem details (RFC 9457).

use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::http::response::Response;

/// An answer that is no success. Made where an error meets HTTP, once; holds nothing that a caller may not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    /// Members that this kind of problem has beside the standard ones (RFC 9457 §3.2). Boxed, because few have any.
    members: Option<Box<Map<String, Value>>>,
    header: Option<&'static (&'static str, &'static str)>,
    /// It does not count as a failure of this side: see [`Problem::is_server_fault`].
    is_uncounted: bool,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where it is, as `user.content`.
    pub field: String,
    /// What it must be, with the limit.
    pub detail: String,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(flatten)]
    members: Option<&'a Map<String, Value>>,
}

/// RFC 6750 §3: plain where no token was given.
const CHALLENGE: (&str, &str) = ("www-authenticate", "Bearer");
const INVALID_TOKEN: (&str, &str) = ("www-authenticate", "Bearer error=\"invalid_token\"");
const USER_NOT_SYNCED: &str = "user-not-synced";
/// In seconds.
const RETRY_AFTER: (&str, &str) = ("retry-after", "1");

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            errors: Vec::new(),
            members: None,
            header: None,
            is_uncounted: false,
        }
    }

    pub(crate) fn with_error(mut self, error: FieldError) -> Self {
        self.errors.push(error);
        self
    }

    pub(crate) fn with_member(mut self, name: &str, value: Value) -> Self {
        self.members.get_or_insert_default().insert(name.to_owned(), value);
        self
    }

    fn with_header(mut self, header: &'static (&'static str, &'static str)) -> Self {
        self.header = Some(header);
        self
    }

    /// 400: what was asked cannot be read.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, "Bad request", detail)
    }

    /// 401: no token was given.
    pub fn no_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "no-token",
            "Authentication required",
            "send a Clerk session token as Authorization: Bearer",
        )
        .with_header(&CHALLENGE)
    }

    /// 401: the token was refused.
    pub fn invalid_token(detail: impl ToString) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid-token", "Invalid token", detail.to_string())
            .with_header(&INVALID_TOKEN)
    }

    /// 403: known, and not allowed.
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, "Forbidden", detail)
    }

    /// 403: the session belongs to someone who impersonates the user.
    pub fn impersonated() -> Self {
        Self::forbidden("impersonated", "the session is impersonated; only the user may do this")
    }

    /// 403: Clerk does not let the user delete the account.
    pub fn delete_self_disabled() -> Self {
        Self::forbidden("delete-self-disabled", "the Clerk instance does not let this user delete the account")
    }

    /// 404: missing, deleted and foreign look the same.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", "there is nothing with this id")
    }

    /// 413: the body is larger than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        let detail = format!("the body may have {limit} bytes at most");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Request too large", detail)
    }

    /// 415: the body is not said to be JSON.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "Unsupported media type",
            "send JSON as Content-Type: application/json",
        )
    }

    /// 422: readable, but not what this route can act on.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, "Unprocessable request", detail)
    }

    /// 503: worth another try.
    pub fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, "Service unavailable", detail).with_header(&RETRY_AFTER)
    }

    /// 503: the operator has to set a variable. What is sent again then is not lost.
    pub(crate) fn not_configured(code: &'static str, variable: &'static str) -> Self {
        tracing::error!(variable, "not configured");
        Self::unavailable(code, format!("{variable} is not set")).uncounted()
    }

    fn uncounted(mut self) -> Self {
        self.is_uncounted = true;
        self
    }

    /// Whether this side failed. Two things do not count, because any caller can raise them and so hold a deployment back.
    /// What the configuration lacks was so before, and the deployment may mend it. Load on the rows of one user throttles
    /// that user; the alarm on the table's throttling tells the operator.
    pub(crate) fn is_server_fault(&self) -> bool {
        self.status.is_server_error() && !self.is_uncounted
    }

    /// 500: says nothing of the inside.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
            "the request was not carried out; quote the request_id when you ask why",
        )
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The last part of `type`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Whether the caller's user is not known here yet.
    pub(crate) fn is_user_not_synced(&self) -> bool {
        self.code == USER_NOT_SYNCED
    }

    /// What is wrong, in words.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What is wrong, field by field.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
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

impl From<usher_store::Error> for Problem {
    /// The one place where an error of the store becomes a status. What the caller may not see is logged here.
    fn from(error: usher_store::Error) -> Self {
        use usher_store::Error;
        match error {
            Error::UserNotSynced => Self::new(
                StatusCode::NOT_FOUND,
                USER_NOT_SYNCED,
                "User not synced",
                "the webhook of this user has not arrived yet; try again",
            )
            .with_header(&RETRY_AFTER),
            Error::UserDeleted => Self::new(
                StatusCode::UNAUTHORIZED,
                "user-deleted",
                "Account deleted",
                "the user of this token has been deleted",
            )
            .with_header(&INVALID_TOKEN),
            Error::UserBanned => Self::forbidden("user-banned", "the user of this token has been banned"),
            Error::UserTooLarge => Self::too_large(usher_store::MAX_USER_BYTES),
            Error::NotFound => Self::not_found(),
            Error::InvalidCursor => Self::bad_request("invalid-cursor", "the cursor is not one of this list"),
            Error::IdempotencyMismatch => {
                Self::unprocessable("idempotency-key-reused", "this Idempotency-Key was used for another request")
            }
            Error::VersionMismatch => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "version-mismatch",
                "Version mismatch",
                "the settings are no longer of the version in If-Match; read them again",
            ),
            Error::SettingsTooLarge => {
                let detail =
                    format!("must leave settings of {} bytes of JSON at most", usher_store::MAX_SETTINGS_BYTES);
                Self::unprocessable("settings-too-large", format!("the change {detail}"))
                    .with_error(FieldError { field: "body".into(), detail })
            }
            Error::Contended(fault) => {
                tracing::info!(%fault, "contention");
                Self::new(
                    StatusCode::CONFLICT,
                    "conflict",
                    "Conflict",
                    "other requests kept changing the same rows; try again",
                )
                .with_header(&RETRY_AFTER)
            }
            Error::Throttled(fault) => {
                tracing::warn!(%fault, "DynamoDB throttles");
                Self::unavailable("unavailable", "the database did not take more requests; try again").uncounted()
            }
            Error::Unavailable(fault) => {
                tracing::warn!(%fault, "DynamoDB is unavailable");
                Self::unavailable("unavailable", "the database did not answer in time; try again")
            }
            Error::Refused(_) | Error::Unreadable(_) => {
                tracing::error!(%error, "the store failed");
                Self::internal()
            }
        }
    }
}

impl From<usher_auth::VerifyError> for Problem {
    fn from(error: usher_auth::VerifyError) -> Self {
        match error {
            usher_auth::VerifyError::Refused(reason) => Self::invalid_token(reason),
            usher_auth::VerifyError::Keys(error) => {
                tracing::warn!(%error, "a token could not be judged");
                Self::unavailable("keys-unavailable", "the keys of the issuer could not be fetched; try again")
            }
        }
    }
}

impl From<usher_clerk::BackendError> for Problem {
    fn from(error: usher_clerk::BackendError) -> Self {
        if error.is_retryable() {
            tracing::warn!(%error, "Clerk is unavailable");
            return Self::unavailable("clerk-unavailable", "Clerk did not answer in time; try again");
        }
        if matches!(error, usher_clerk::BackendError::ForeignKey | usher_clerk::BackendError::Unauthorized) {
            tracing::error!(variable = "CLERK_SECRET_KEY", %error, "not configured");
            return Self::unavailable("clerk-not-configured", error.to_string()).uncounted();
        }
        tracing::error!(%error, "Clerk refused");
        Self::internal()
    }
}
