//! Responses that only say what was done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The response of `DELETE /users/me`: no reader finds the user's rows any more, and they are erased later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum DeleteOutcome {
    /// The account is deleted at Clerk and here.
    Deleted,
}

/// The response of `POST /webhooks/clerk`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum WebhookOutcome {
    /// The user is new.
    Created,
    /// The user was known and has changed.
    Updated,
    /// The user is deleted.
    Deleted,
    /// The event is a repeat, is older than the stored version, or is for a deleted user. Nothing has changed.
    Stale,
    /// A session of the user has ended, and its live connections are closed.
    Ended,
    /// The event changes nothing here.
    Ignored,
}

impl WebhookOutcome {
    /// Returns the outcome as text, for example `created`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Stale => "stale",
            Self::Ended => "ended",
            Self::Ignored => "ignored",
        }
    }
}
