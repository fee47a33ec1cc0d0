//! Fingerprints of entries of Clerk's list.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use usher_clerk::{Entry, User};

/// 48 bits of the SHA-256 hash of a user's id. For an entry without an id, of its whole text. A fingerprint holds no
/// data of a user and has the same size for an id of any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) fn of(entry: &Entry) -> Self {
        entry.user.as_ref().map_or_else(|_| Self::of_text(entry.text), Self::of_user)
    }

    pub(crate) fn of_user(user: &User) -> Self {
        Self::of_text(user.id().as_str())
    }

    fn of_text(text: &str) -> Self {
        Self(Sha256::digest(text).iter().take(6).fold(0, |bits, byte| bits << 8 | u64::from(*byte)))
    }
}
