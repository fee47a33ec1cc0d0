//! A session as Clerk keeps it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids;

/// The time from the creation of a session to its `expire_at`: seven days (Clerk's docs, "Session options").
const EXPIRE_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// The time from the creation of a session to its `abandon_at`. The emulator's own choice.
const ABANDON_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// The state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Active,
    Revoked,
}

/// A session of a user, or one that was revoked.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) client_id: String,
    pub(crate) status: Status,
    pub(crate) created_at: i64,
    updated_at: i64,
}

impl Session {
    pub(crate) fn new(user_id: String) -> Self {
        let now = ids::now_ms();
        Self {
            id: ids::id("sess"),
            user_id,
            client_id: ids::id("client"),
            status: Status::Active,
            created_at: now,
            updated_at: now,
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    pub(crate) fn revoke(&mut self) {
        self.status = Status::Revoked;
        self.updated_at = ids::now_ms().max(self.updated_at + 1);
    }

    /// Returns the session object of responses and events.
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
            "last_active_at": self.created_at,
            "expire_at": self.created_at + EXPIRE_MS,
            "abandon_at": self.created_at + ABANDON_MS,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }
}
