//! The errors of an invocation.

use std::time::Duration;

/// An error of an invocation. Every error is also written to the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The template has no function of this name.
    #[error("no function {0}")]
    UnknownFunction(String),
    /// The process could not be started, ended before it asked for an event, or reported that its Init failed.
    #[error("{function}: {reason}")]
    Init {
        /// Name of the function.
        function: String,
        /// The cause.
        reason: String,
    },
    /// The process ended during the invocation.
    #[error("{function}: {reason}")]
    Crash {
        /// Name of the function.
        function: String,
        /// The cause.
        reason: String,
    },
    /// The invocation took longer than the function's `Timeout`. The process was killed.
    #[error("{function}: timed out after {} ms", .after.as_millis())]
    Timeout {
        /// Name of the function.
        function: String,
        /// Its `Timeout`.
        after: Duration,
    },
    /// The handler returned an error, or panicked.
    #[error("{function}: {kind}: {message}")]
    Handler {
        /// Name of the function.
        function: String,
        /// The error type that the function reported.
        kind: String,
        /// The error message that the function reported.
        message: String,
    },
    /// The response is larger than Lambda's limit of 6 MB.
    #[error("{function}: the response has {bytes} bytes")]
    ResponseTooLarge {
        /// Name of the function.
        function: String,
        /// Size of the response.
        bytes: usize,
    },
    /// The streamed response is larger than Lambda's limit of 200 MB.
    #[error("{function}: the streamed response has more than 200 MB")]
    StreamTooLarge {
        /// Name of the function.
        function: String,
    },
    /// The emulator is shutting down.
    #[error("the emulator is shutting down")]
    ShuttingDown,
}
