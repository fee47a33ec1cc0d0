//! What can go wrong, told apart by what the caller should do.

use std::{error::Error as _, fmt};

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};

/// Why an operation of the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The verified user has no row: its webhook has not arrived yet. Worth another try.
    #[error("the user has not been synced yet")]
    UserNotSynced,
    /// The user's account is gone, whatever its token says.
    #[error("the user has been deleted")]
    UserDeleted,
    /// Clerk has banned the user. A token that was issued before the ban is still valid for its minute.
    #[error("the user is banned")]
    UserBanned,
    /// The user object is larger than [`MAX_USER_BYTES`](crate::MAX_USER_BYTES).
    #[error("the user object is too large to keep")]
    UserTooLarge,
    /// There is no such row among the caller's own, or it was deleted.
    #[error("not found")]
    NotFound,
    /// The cursor is not one of this caller and this list.
    #[error("not a cursor of this list")]
    InvalidCursor,
    /// The `Idempotency-Key` was used for another request.
    #[error("the Idempotency-Key was used for another request")]
    IdempotencyMismatch,
    /// The version is not the one the caller knows.
    #[error("the version is another")]
    VersionMismatch,
    /// The settings would be larger than [`MAX_SETTINGS_BYTES`](crate::MAX_SETTINGS_BYTES).
    #[error("the settings would be too large")]
    SettingsTooLarge,
    /// Other requests kept writing the same rows until the retries were used up. Nothing was done; worth another try.
    #[error("other requests were in the way: {0}")]
    Contended(ErrorDetail),
    /// DynamoDB throttled the request until the retries were used up: the rows of one user or the whole table met more load
    /// than they bear. Nothing was half done; worth another try.
    #[error("DynamoDB throttles: {0}")]
    Throttled(ErrorDetail),
    /// DynamoDB failed, timed out or could not be reached. Nothing was half done; worth another try.
    #[error("DynamoDB is unavailable: {0}")]
    Unavailable(ErrorDetail),
    /// DynamoDB refused the request: another try ends the same.
    #[error("DynamoDB refused the request: {0}")]
    Refused(ErrorDetail),
    /// A row is not as this version writes it.
    #[error("attribute {0} of a row is missing or of another type")]
    Unreadable(&'static str),
}

/// What DynamoDB or the way to it said. Holds no item, so that it may be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDetail {
    /// DynamoDB's name of the error, or the kind of failure on the way.
    pub code: String,
    /// The message that came with it.
    pub message: String,
}

impl Error {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Contended(_) | Self::Throttled(_) | Self::Unavailable(_) | Self::UserNotSynced)
    }
}

impl fmt::Display for ErrorDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// Errors that pass. The SDK has tried again by then, as far as it does.
const PASSING: [&str; 4] =
    ["InternalServerError", "LimitExceededException", "ReplicatedWriteConflictException", "ServiceUnavailable"];

/// Errors of load.
const THROTTLING: [&str; 3] = ["ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"];

/// Errors of a row that another request is writing.
const CONTENTION: [&str; 2] = ["TransactionConflictException", "TransactionInProgressException"];

impl<E> From<SdkError<E>> for Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        match &error {
            SdkError::ServiceError(service) => {
                let metadata = service.err().meta();
                let code = metadata.code().unwrap_or("unknown");
                let passing = PASSING.contains(&code) || service.raw().status().is_server_error();
                let fault = ErrorDetail { code: code.into(), message: metadata.message().unwrap_or_default().into() };
                if CONTENTION.contains(&code) {
                    return Self::Contended(fault);
                }
                if THROTTLING.contains(&code) {
                    return Self::Throttled(fault);
                }
                if passing { Self::Unavailable(fault) } else { Self::Refused(fault) }
            }
            SdkError::ConstructionFailure(_) => Self::Refused(on_the_way("construction", &error)),
            SdkError::TimeoutError(_) => Self::Unavailable(on_the_way("timeout", &error)),
            SdkError::ResponseError(_) => Self::Unavailable(on_the_way("response", &error)),
            _ => Self::Unavailable(on_the_way("dispatch", &error)),
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::Refused(ErrorDetail { code: "construction".into(), message: error.to_string() })
    }
}

/// The chain of causes, each in its own words.
fn on_the_way<E: std::error::Error + 'static>(code: &str, error: &SdkError<E>) -> ErrorDetail {
    let mut causes = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    causes.dedup();
    ErrorDetail { code: code.into(), message: causes.join(": ") }
}
