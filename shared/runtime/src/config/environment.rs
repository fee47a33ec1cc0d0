//! Environment variables, and what is wrong with one.

use std::env;

/// Why a function cannot start. Says which variable is wrong and how to mend it, never its value.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A variable that is needed is not set, or blank.
    #[error("{name} is not set; {mend}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What to set it to.
        mend: &'static str,
    },
    /// A variable is set to what it cannot be.
    #[error("{name} {problem}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What it must be.
        problem: String,
    },
    /// No HTTP client can be made on this machine.
    #[error("no HTTP client can be made: {0}")]
    HttpClient(String),
}

impl InitError {
    /// A variable is set to what it cannot be.
    pub fn invalid(name: &'static str, problem: impl ToString) -> Self {
        Self::Invalid { name, problem: problem.to_string() }
    }
}

/// A variable of the environment; blank counts as unset, and white space around a value as a slip of the paste.
pub fn variable(name: &str) -> Option<String> {
    let value = env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// The entries of a variable that are separated by commas, without blank ones.
pub(super) fn list(name: &str) -> Vec<String> {
    let value = variable(name).unwrap_or_default();
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}
