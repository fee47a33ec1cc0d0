//! The errors of the start.

use clerk_emulator::ClerkError;
use lambda_emulator::{InvokeError, StreamError, template::TemplateError};
use usher_loopback::ListenError;

use crate::dynamodb::EngineError;

/// An error of the start.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The Lambda emulator: a route or filter of the template, or the Runtime API.
    #[error(transparent)]
    Lambda(#[from] lambda_emulator::StartError),
    /// A function does not start, for example because a variable has a wrong value.
    #[error(
        "a function does not start: {error}{}",
        .origin.as_ref().map(|origin| format!("; {origin}")).unwrap_or_default()
    )]
    Function {
        /// The function and the cause.
        error: InvokeError,
        /// Where the variable comes from that the error names, if it names one.
        origin: Option<String>,
    },
    /// The stream of the table.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// A port or an address is not available.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// DynamoDB or its table.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The data directory cannot be used, for example because another stack uses it.
    #[error(transparent)]
    Data(std::io::Error),
    /// The Clerk emulator.
    #[error("the Clerk emulator: {0}")]
    Clerk(#[from] ClerkError),
    /// There is no thread, or a listener failed for another reason than a busy port.
    #[error("cannot start: {0}")]
    Io(#[from] std::io::Error),
    /// A component panicked during the start.
    #[error("a component of the stack ended during the start")]
    Ended,
}
