//! The error of a comparison.

use crate::compatibility::found::Break;

/// The error of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncompatibleError {
    /// A description has no version of the form `<major>.<minor>.<patch>`.
    #[error("info.version is not <major>.<minor>.<patch>: {0}")]
    Version(String),
    /// The newer description has a lower version.
    #[error("info.version is {current}, which is lower than the published {published}")]
    Lower {
        /// The version of the newer description.
        current: String,
        /// The version of the older description.
        published: String,
    },
    /// Clients break, but the version does not say so.
    #[error(
        "raise info.version, which is {current} (the major version; the minor version while the major version is 0), because clients of {published} break:\n{}",
        .breaks.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    )]
    Breaks {
        /// The version of the newer description.
        current: String,
        /// The version of the older description.
        published: String,
        /// The changes that break clients, in the order of their places.
        breaks: Vec<Break>,
    },
}
