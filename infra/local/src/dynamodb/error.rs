//! The errors of the engine and the table.

use std::path::PathBuf;

use lambda_emulator::template::TemplateError;

/// An error of the engine or the table.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The template has no usable table.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// There is no free port, or no thread.
    #[error("cannot serve DynamoDB: {0}")]
    Io(#[from] std::io::Error),
    /// dynoxide could not open its database.
    #[error("cannot open the database{}: {reason}", .path.as_ref().map(|path| format!(" {}", path.display())).unwrap_or_default())]
    Open {
        /// The file. `None` for a database in memory.
        path: Option<PathBuf>,
        /// The error text of dynoxide.
        reason: String,
    },
    /// The endpoint returned an error, or could not be reached.
    #[error("{operation} at {endpoint}: {reason}")]
    Request {
        /// The call that failed.
        operation: &'static str,
        /// The endpoint.
        endpoint: String,
        /// The SDK's whole chain of causes.
        reason: String,
    },
    /// There is a table of this name whose key, indexes or stream differ from the template's.
    #[error(
        "the table {table} at {endpoint} has another {what} than the template; remove it, or use another --data directory"
    )]
    TableDiffers {
        /// Table name.
        table: String,
        /// The endpoint.
        endpoint: String,
        /// The part that differs.
        what: &'static str,
    },
    /// The expired rows could not be removed.
    #[error("cannot remove the expired rows: {0}")]
    Expiry(String),
    /// The engine ended before it was ready.
    #[error("the engine ended before it was ready")]
    Ended,
}
