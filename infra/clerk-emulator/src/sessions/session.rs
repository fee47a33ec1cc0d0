//! A session as Clerk keeps it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids;

/// The time from the creation of a session to its `expire_at`: seven days (Clerk's docs, "Session options").
const EXPIRE_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// The time from the creation of a session to its `abandon_at`. The emulator's own choice.
const ABANDON_MS: i64 = 30 * 24 * 60 * 60 * 1000;

const MINUTE_MS: i64 = 60 * 1000;

/// The state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Active,
    Ended,
    Removed,
    Revoked,
}

/// The way in which a session ends. No token is minted for the session any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// A client ended it (Clerk's OpenAPI, `fapi` 2026-05-12, `endSession`).
    Ended,
    /// A client removed it, as most sign-outs do (the same source, `removeSession`).
    Removed,
    /// The Backend API revoked it (Clerk's OpenAPI, `bapi` 2026-05-12, `RevokeSession`).
    Revoked,
}

impl SessionEnd {
    fn status(self) -> Status {
        match self {
            Self::Ended => Status::Ended,
            Self::Removed => Status::Removed,
            Self::Revoked => Status::Revoked,
        }
    }

    /// Returns the type of the event.
    pub(crate) fn event(self) -> &'static str {
        match self {
            Self::Ended => "session.ended",
            Self::Removed => "session.removed",
            Self::Revoked => "session.revoked",
        }
    }
}

/// A session of a user. One that has ended is kept with its state.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) client_id: String,
    pub(crate) status: Status,
    pub(crate) created_at: i64,
    updated_at: i64,
    /// When the session was last used, in milliseconds since the epoch. `None` is at its creation.
    #[serde(default)]
    last_active_at: Option<i64>,
    /// When the user last proved the first factor, in milliseconds since the epoch. `None` is at the creation.
    #[serde(default)]
    first_factor_at: Option<i64>,
}

impl Session {
    /// Creates a session of the Backend API, which has a client of its own.
    pub(crate) fn new(user_id: String) -> Self {
        Self::for_client(user_id, ids::id("client"))
    }

    pub(crate) fn for_client(user_id: String, client_id: String) -> Self {
        let now = ids::now_ms();
        Self {
            id: ids::id("sess"),
            user_id,
            client_id,
            status: Status::Active,
            created_at: now,
            updated_at: now,
            last_active_at: None,
            first_factor_at: None,
        }
    }

    pub(crate) fn touch(&mut self) {
        self.last_active_at = Some(ids::now_ms());
    }

    /// Remembers that the user proved the first factor at this time, in milliseconds since the epoch.
    pub(crate) fn set_first_factor_at(&mut self, at: i64) {
        self.first_factor_at = Some(at);
    }

    /// Returns the minutes since the first and the second factor were proved, the claim `fva`. -1 means never.
    pub(crate) fn factor_verification_age(&self) -> [i64; 2] {
        [(ids::now_ms() - self.first_factor_at.unwrap_or(self.created_at)) / MINUTE_MS, -1]
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    pub(crate) fn end(&mut self, end: SessionEnd) {
        self.status = end.status();
        self.updated_at = ids::now_ms().max(self.updated_at + 1);
    }

    /// Returns the session object of responses. That of events also has the user.
    pub(crate) fn object(&self) -> Value {
        json!({
            "object": "session",
            "id": self.id,
            "user_id": self.user_id,
            "client_id": self.client_id,
            "status": self.status,
            "actor": null,
            "last_active_organization_id": null,
            "latest_activity": null,
            "last_active_at": self.last_active_at.unwrap_or(self.created_at),
            "expire_at": self.created_at + EXPIRE_MS,
            "abandon_at": self.created_at + ABANDON_MS,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }
}
