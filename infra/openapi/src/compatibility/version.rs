//! The version of a description.

use std::fmt;

use serde_json::Value;

use crate::compatibility::error::IncompatibleError;

/// A version without a suffix (Semantic Versioning 2.0.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// Reads `info.version`.
    pub(super) fn of(description: &Value) -> Result<Self, IncompatibleError> {
        let text = description["info"]["version"].as_str().unwrap_or_default();
        let numbers: Option<Vec<u32>> = text.split('.').map(|number| number.parse().ok()).collect();
        match numbers.as_deref() {
            Some([major, minor, patch]) => Ok(Self { major: *major, minor: *minor, patch: *patch }),
            _ => Err(IncompatibleError::Version(text.to_owned())),
        }
    }

    /// Returns whether this version announces that it breaks clients of `before`.
    pub(super) fn may_break(&self, before: &Self) -> bool {
        self.major > before.major || self.major == 0 && self.minor > before.minor
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}
