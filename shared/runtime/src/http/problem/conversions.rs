//! Conversions of errors to problems. They only decide what the caller sees, and keep the rest as the cause.

use http::StatusCode;
use usher_auth::VerifyError;
use usher_clerk::BackendError;
use usher_store::{Error, MAX_SETTINGS_BYTES, MAX_USER_BYTES};

use crate::http::{
    field_error::FieldErrors,
    problem::{INVALID_TOKEN, Problem, RETRY_AFTER, USER_NOT_SYNCED, cause::Cause},
};

impl From<Error> for Problem {
    /// Converts an error of the store. This is the only place that gives such an error a status.
    fn from(error: Error) -> Self {
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
            Error::UserTooLarge => Self::too_large("the user object", MAX_USER_BYTES),
            Error::NotFound => Self::not_found(),
            Error::InvalidCursor => Self::bad_request("invalid-cursor", "the cursor does not belong to this list"),
            Error::IdempotencyMismatch => {
                Self::unprocessable("idempotency-key-reused", "this Idempotency-Key was used for another request")
            }
            Error::VersionMismatch => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "version-mismatch",
                "Version mismatch",
                "If-Match does not match the current version of the settings; read them again",
            ),
            Error::SettingsTooLarge => {
                let detail =
                    format!("the settings after this change may have at most {MAX_SETTINGS_BYTES} bytes of JSON");
                Self::unprocessable("settings-too-large", detail.as_str()).with_errors(FieldErrors::one("body", detail))
            }
            Error::Contended(detail) => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                "Conflict",
                "other requests kept changing the same rows; try again",
            )
            .with_header(&RETRY_AFTER)
            .with_cause(Cause::Contention(detail)),
            Error::Throttled(detail) => Self::unavailable("unavailable", "the database is overloaded; try again")
                .with_cause(Cause::Throttled(detail)),
            Error::Unavailable(detail) => {
                Self::unavailable("unavailable", "the database did not respond in time; try again")
                    .with_cause(Cause::DynamoDbUnavailable(detail))
            }
            Error::Refused(_) | Error::Unreadable(_) => {
                Self::internal().with_cause(Cause::StoreFailed(error.to_string()))
            }
        }
    }
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        let reason = error.reason();
        match error {
            VerifyError::Refused(error) => Self::invalid_token(error).with_cause(Cause::InvalidToken(reason)),
            VerifyError::Keys(error) => {
                Self::unavailable("keys-unavailable", "the keys of the issuer could not be fetched; try again")
                    .with_cause(Cause::KeysUnavailable { reason, error: error.to_string() })
            }
        }
    }
}

impl From<BackendError> for Problem {
    fn from(error: BackendError) -> Self {
        let text = error.to_string();
        if error == BackendError::NoKey {
            return Self::clerk_not_configured();
        }
        if error.is_retryable() {
            return Self::unavailable("clerk-unavailable", "Clerk did not respond in time; try again")
                .with_cause(Cause::ClerkUnavailable(text));
        }
        if matches!(error, BackendError::ForeignKey | BackendError::Unauthorized) {
            let cause = Cause::NotConfigured { variable: "CLERK_SECRET_KEY", error: Some(text.clone()) };
            return Self::unavailable("clerk-not-configured", text).with_cause(cause);
        }
        Self::internal().with_cause(Cause::ClerkRefused(text))
    }
}
