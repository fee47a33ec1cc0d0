//! Conversions of errors to problems. They only decide what the caller sees, and keep the rest as the cause.

use usher_auth::VerifyError;
use usher_clerk::BackendError;
use usher_contract::{
    FieldErrors, ProblemCode,
    limits::{MAX_REPLIES, MAX_SETTINGS_BYTES},
};
use usher_store::{Error, InvalidCursor, MAX_USER_BYTES};

use crate::http::problem::{INVALID_TOKEN, Problem, RETRY_AFTER, cause::Cause};

impl From<InvalidCursor> for Problem {
    fn from(error: InvalidCursor) -> Self {
        Self::of_fields(ProblemCode::InvalidCursor, FieldErrors::one("cursor", error.to_string()))
    }
}

impl From<Error> for Problem {
    /// Converts an error of the store. This is the only place that gives such an error a status.
    fn from(error: Error) -> Self {
        match error {
            Error::UserNotSynced => {
                let detail = "the webhook of this user has not arrived yet; try again";
                Self::new(ProblemCode::UserNotSynced, detail).with_header(&RETRY_AFTER)
            }
            Error::UserDeleted => {
                let detail = "the user of this token has been deleted";
                Self::new(ProblemCode::UserDeleted, detail).with_header(&INVALID_TOKEN)
            }
            Error::UserBanned => Self::new(ProblemCode::UserBanned, "the user of this token has been banned"),
            Error::SessionEnded => Self::invalid_token("the session of this token has ended"),
            // Only hello opens a connection, and it answers this error with a message of its own.
            Error::ForeignConnection => Self::internal().with_cause(Cause::StoreFailed(error.to_string())),
            Error::UserTooLarge => Self::too_large("the user object", MAX_USER_BYTES),
            Error::NotFound => Self::not_found(),
            Error::InvalidCursor => InvalidCursor.into(),
            Error::IdempotencyMismatch => {
                let detail = "this Idempotency-Key was used for another request";
                Self::new(ProblemCode::IdempotencyKeyReused, detail)
            }
            Error::TooManyReplies => {
                let detail = format!("at most {MAX_REPLIES} replies are written for a user at the same time");
                Self::new(ProblemCode::TooManyReplies, detail).with_header(&RETRY_AFTER)
            }
            // Only the writer of a reply sees this error, when its response has begun.
            Error::ReplyLost => Self::internal().with_cause(Cause::StoreFailed(error.to_string())),
            Error::VersionMismatch => {
                let detail = "If-Match does not match the current version of the settings; read them again";
                Self::new(ProblemCode::VersionMismatch, detail)
            }
            Error::SettingsTooLarge => {
                let detail =
                    format!("the settings after this change may have at most {MAX_SETTINGS_BYTES} bytes of JSON");
                let errors = FieldErrors::one("body", detail.as_str());
                Self { errors, ..Self::new(ProblemCode::SettingsTooLarge, detail) }
            }
            Error::Contended(detail) => {
                Self::new(ProblemCode::Conflict, "other requests kept changing the same rows; try again")
                    .with_header(&RETRY_AFTER)
                    .with_cause(Cause::Contention(detail))
            }
            Error::Throttled(detail) => {
                Self::unavailable(ProblemCode::Unavailable, "the database is overloaded; try again")
                    .with_cause(Cause::Throttled(detail))
            }
            Error::Unavailable(detail) => {
                Self::unavailable(ProblemCode::Unavailable, "the database did not respond in time; try again")
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
            VerifyError::Keys(error) => Self::unavailable(
                ProblemCode::KeysUnavailable,
                "the keys of the issuer could not be fetched; try again",
            )
            .with_cause(Cause::KeysUnavailable { reason, error: error.to_string() }),
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
            return Self::unavailable(ProblemCode::ClerkUnavailable, "Clerk did not respond in time; try again")
                .with_cause(Cause::ClerkUnavailable(text));
        }
        if matches!(error, BackendError::ForeignKey | BackendError::Unauthorized) {
            let cause = Cause::NotConfigured { variable: "CLERK_SECRET_KEY", error: Some(text.clone()) };
            return Self::unavailable(ProblemCode::ClerkNotConfigured, text).with_cause(cause);
        }
        Self::internal().with_cause(Cause::ClerkRefused(text))
    }
}
