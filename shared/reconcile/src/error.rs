//! Errors of a step.

use usher_clerk::BackendError;

/// The reason that a step failed. The next invocation repeats the step.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// A request to the table failed.
    #[error(transparent)]
    Store(#[from] usher_store::Error),
    /// A request to Clerk failed.
    #[error(transparent)]
    Clerk(#[from] BackendError),
    /// The state of the run could not be written as JSON.
    #[error("the state of the run is not valid JSON: {0}")]
    State(#[from] serde_json::Error),
}
