//! Why the server closes a socket.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why the server closes a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CloseReason {
    /// The account is deleted.
    UserDeleted,
    /// Clerk has banned the user.
    UserBanned,
    /// The Clerk session has ended: the user signed out, or the session was revoked.
    SessionEnded,
    /// The client sent no hello in time.
    LeaseExpired,
    /// The user has more than 50 connections, and this was the oldest.
    TooManyConnections,
    /// The token of a hello is of another user than the one before. A socket serves one user.
    OtherUser,
    /// The server has forgotten the connection. The client connects again.
    Removed,
    /// A reason of a later version. The client connects again.
    #[serde(other)]
    #[schemars(skip)]
    Unknown,
}

impl CloseReason {
    /// Returns the reason as text, for example `user-deleted`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserDeleted => "user-deleted",
            Self::UserBanned => "user-banned",
            Self::SessionEnded => "session-ended",
            Self::LeaseExpired => "lease-expired",
            Self::TooManyConnections => "too-many-connections",
            Self::OtherUser => "other-user",
            Self::Removed => "removed",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_reason_is_its_json() {
        use CloseReason::{
            LeaseExpired, OtherUser, Removed, SessionEnded, TooManyConnections, UserBanned, UserDeleted,
        };
        for reason in [UserDeleted, UserBanned, SessionEnded, LeaseExpired, TooManyConnections, OtherUser, Removed] {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }
}
