//! A reverification under way.

use crate::frontend::verification::Verification;

/// The renewed proof of a factor in a session.
#[derive(Debug, Clone)]
pub(super) struct Reverification {
    pub(super) session_id: String,
    pub(super) verification: Option<Verification>,
}
