//! The errors of the store. Their variants differ in what the caller should do.

use std::{error::Error as _, fmt};

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};

use crate::error_code::{TRANSACTION_CONFLICT, TRANSACTION_IN_PROGRESS};

/// The error of an operation of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The verified user has no row, because the user's webhook has not arrived yet. A later try may succeed.
    #[error("the user has not been synced yet")]
    UserNotSynced,
    /// The user's account is deleted, even if the token is still valid.
    #[error("the user has been deleted")]
    UserDeleted,
    /// Clerk has banned the user. A token that was issued before is still valid for its minute.
    #[error("the user is banned")]
    UserBanned,
    /// The Clerk session of the token has ended, even if the token is still valid.
    #[error("the session has ended")]
    SessionEnded,
    /// The live connection belongs to another user.
    #[error("the connection belongs to another user")]
    ForeignConnection,
    /// The user object is larger than [`MAX_USER_BYTES`](crate::MAX_USER_BYTES).
    #[error("the user object is too large to store")]
    UserTooLarge,
    /// The caller has no such row, or the row is deleted.
    #[error("not found")]
    NotFound,
    /// The cursor belongs to another caller or another list, or is not a cursor.
    #[error("not a cursor of this list")]
    InvalidCursor,
    /// The `Idempotency-Key` was used for another request.
    #[error("the Idempotency-Key was used for another request")]
    IdempotencyMismatch,
    /// [`MAX_REPLIES`](usher_contract::limits::MAX_REPLIES) replies are being written for the user.
    #[error("too many replies are being written")]
    TooManyReplies,
    /// The writer may not go on with the reply: it was stopped, has ended, or has another writer.
    #[error("the reply has been stopped or has another writer")]
    ReplyLost,
    /// The row has another version than the caller expects.
    #[error("the row has another version")]
    VersionMismatch,
    /// The settings would be larger than [`MAX_SETTINGS_BYTES`](usher_contract::limits::MAX_SETTINGS_BYTES).
    #[error("the settings would be too large")]
    SettingsTooLarge,
    /// Other requests kept writing the same rows until the retries were used up. Nothing was written. A later try may
    /// succeed.
    #[error("other requests kept writing the same rows: {0}")]
    Contended(ErrorDetail),
    /// DynamoDB throttled the request until the retries were used up, because the load on the rows of one user or on
    /// the whole table was too high. The request was executed wholly or not at all. A later try may succeed.
    #[error("DynamoDB throttled the request: {0}")]
    Throttled(ErrorDetail),
    /// DynamoDB failed, timed out or could not be reached. The request was executed wholly or not at all. A later try
    /// may succeed.
    #[error("DynamoDB is unavailable: {0}")]
    Unavailable(ErrorDetail),
    /// DynamoDB refused the request. Another try ends in the same way.
    #[error("DynamoDB refused the request: {0}")]
    Refused(ErrorDetail),
    /// An attribute of a row is missing, or its value is not one that this version writes. Holds the attribute's name.
    #[error("the attribute {0} of a row is missing or unreadable")]
    Unreadable(&'static str),
}

/// The details of an error from DynamoDB, or from the connection to DynamoDB. They hold no item, so they can be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDetail {
    /// DynamoDB's name of the error, or the kind of a connection error.
    pub code: String,
    /// The message of the error.
    pub message: String,
}

impl fmt::Display for ErrorDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// Transient error codes. The SDK's own retries are already exhausted when they get here.
const TRANSIENT: [&str; 4] =
    ["InternalServerError", "LimitExceededException", "ReplicatedWriteConflictException", "ServiceUnavailable"];

/// Error codes of too high a load.
const THROTTLING: [&str; 3] = ["ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"];

/// Error codes of a row that another request is writing.
const CONTENTION: [&str; 2] = [TRANSACTION_CONFLICT, TRANSACTION_IN_PROGRESS];

impl Error {
    /// Returns the error of a request that cannot be built, so it was not sent.
    pub(crate) fn construction(error: impl fmt::Display) -> Self {
        Self::Refused(ErrorDetail { code: "construction".into(), message: error.to_string() })
    }

    /// Returns the error of a batch that DynamoDB did not finish within all attempts.
    pub(crate) fn unprocessed(code: &str, requests: &str) -> Self {
        let message = format!("DynamoDB kept leaving {requests} unprocessed");
        Self::Unavailable(ErrorDetail { code: code.into(), message })
    }
}

impl<E> From<SdkError<E>> for Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        match &error {
            SdkError::ServiceError(service) => {
                let metadata = service.err().meta();
                let code = metadata.code().unwrap_or("unknown");
                let is_transient = TRANSIENT.contains(&code) || service.raw().status().is_server_error();
                let detail = ErrorDetail { code: code.into(), message: metadata.message().unwrap_or_default().into() };
                if CONTENTION.contains(&code) {
                    return Self::Contended(detail);
                }
                if THROTTLING.contains(&code) {
                    return Self::Throttled(detail);
                }
                if is_transient { Self::Unavailable(detail) } else { Self::Refused(detail) }
            }
            SdkError::ConstructionFailure(_) => Self::Refused(connection_error("construction", &error)),
            SdkError::TimeoutError(_) => Self::Unavailable(connection_error("timeout", &error)),
            SdkError::ResponseError(_) => Self::Unavailable(connection_error("response", &error)),
            _ => Self::Unavailable(connection_error("dispatch", &error)),
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::construction(error)
    }
}

/// Returns the messages of the error and of all its causes.
fn connection_error<E: std::error::Error + 'static>(code: &str, error: &SdkError<E>) -> ErrorDetail {
    let mut causes = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    causes.dedup();
    ErrorDetail { code: code.into(), message: causes.join(": ") }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::get_item::GetItemError;

    use super::*;

    #[test]
    fn an_error_without_a_response_names_its_kind_and_its_cause() {
        let Error::Unavailable(detail) = Error::from(SdkError::<GetItemError>::timeout_error("too slow")) else {
            panic!("a time-out is over at the next try");
        };
        assert_eq!((detail.code.as_str(), detail.message.as_str()), ("timeout", "request has timed out: too slow"));
        let Error::Refused(detail) = Error::from(SdkError::<GetItemError>::construction_failure("no table")) else {
            panic!("a request that cannot be built stays so");
        };
        assert_eq!(detail.code, "construction");
        assert!(detail.message.ends_with(": no table"), "{detail}");
    }
}
