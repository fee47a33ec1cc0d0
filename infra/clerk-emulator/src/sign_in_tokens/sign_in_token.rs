//! A sign-in token as Clerk keeps it: a link with which a user signs in without a password.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids;

/// A sign-in token. The Frontend API accepts it once.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignInToken {
    pub(crate) id: String,
    pub(crate) user_id: String,
    token: String,
    pub(crate) status: Status,
    created_at: i64,
    updated_at: i64,
    /// In milliseconds since the epoch. `None` in files of earlier versions, and then the token does not expire.
    #[serde(default)]
    expire_at: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Pending,
    Accepted,
    Revoked,
}

impl SignInToken {
    /// Creates a token. `sign` makes its text from its id.
    pub(crate) fn new<E>(
        user_id: String,
        lifetime_seconds: i64,
        sign: impl FnOnce(&str) -> Result<String, E>,
    ) -> Result<Self, E> {
        let (id, now) = (ids::id("sit"), ids::now_ms());
        let token = sign(&id)?;
        let expire_at = Some(now.saturating_add(lifetime_seconds.saturating_mul(1000)));
        Ok(Self { id, user_id, token, status: Status::Pending, created_at: now, updated_at: now, expire_at })
    }

    pub(crate) fn revoke(&mut self) {
        self.set_status(Status::Revoked);
    }

    /// Marks the token as used.
    pub(crate) fn accept(&mut self) {
        self.set_status(Status::Accepted);
    }

    fn set_status(&mut self, status: Status) {
        if self.status != status {
            self.status = status;
            self.updated_at = ids::now_ms().max(self.updated_at + 1);
        }
    }

    pub(crate) fn is_token(&self, token: &str) -> bool {
        verify_slices_are_equal(self.token.as_bytes(), token.as_bytes()).is_ok()
    }

    pub(crate) fn is_expired(&self) -> bool {
        self.expire_at.is_some_and(|expire_at| expire_at <= ids::now_ms())
    }

    /// Returns the object of responses. `issuer` is the address of the Frontend API.
    pub(crate) fn object(&self, issuer: &str) -> Value {
        json!({
            "object": "sign_in_token",
            "id": self.id,
            "user_id": self.user_id,
            "token": self.token,
            "status": self.status,
            "url": format!("{issuer}/v1/tickets/accept?ticket={}", self.token),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }
}
