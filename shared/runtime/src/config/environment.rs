//! Environment variables, and the error of a missing or invalid one.

use std::env;

/// The reason that a function cannot start. Names the variable and how to correct it, never its value.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// A required variable is not set or is blank.
    #[error("{name} is not set; {remedy}")]
    Missing {
        /// The name of the variable.
        name: &'static str,
        /// The advice on what to set it to.
        remedy: &'static str,
    },
    /// The value of a variable is not valid.
    #[error("{name} {reason}")]
    Invalid {
        /// The name of the variable.
        name: &'static str,
        /// The requirement on the value, as a phrase that follows the name.
        reason: String,
    },
}

impl InitError {
    /// Returns the error of a variable whose value is not valid.
    pub fn invalid(name: &'static str, reason: impl ToString) -> Self {
        Self::Invalid { name, reason: reason.to_string() }
    }
}

/// Reads an environment variable. A blank value counts as unset. Surrounding white space is trimmed.
pub fn variable(name: &str) -> Option<String> {
    let value = env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// Reads the entries of a comma-separated variable. Blank entries are left out.
pub(crate) fn list(name: &str) -> Vec<String> {
    let value = variable(name).unwrap_or_default();
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}
