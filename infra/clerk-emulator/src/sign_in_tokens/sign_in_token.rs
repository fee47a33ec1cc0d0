//! A sign-in token as Clerk keeps it: a link with which a user signs in without a password.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids;

/// A sign-in token. Clerk's Frontend API would accept it, which the emulator does not have.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignInToken {
    pub(crate) id: String,
    pub(crate) user_id: String,
    token: String,
    status: Status,
    created_at: i64,
    updated_at: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Pending,
    Revoked,
}

impl SignInToken {
    /// Creates a token. `sign` makes its text from its id.
    pub(crate) fn new<E>(user_id: String, sign: impl FnOnce(&str) -> Result<String, E>) -> Result<Self, E> {
        let (id, now) = (ids::id("sit"), ids::now_ms());
        let token = sign(&id)?;
        Ok(Self { id, user_id, token, status: Status::Pending, created_at: now, updated_at: now })
    }

    pub(crate) fn revoke(&mut self) {
        if self.status != Status::Revoked {
            self.status = Status::Revoked;
            self.updated_at = ids::now_ms().max(self.updated_at + 1);
        }
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
