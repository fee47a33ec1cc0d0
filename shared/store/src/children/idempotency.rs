//! `Idempotency-Key`: a request that is repeated has one effect and one answer.

use std::{fmt::Write, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest, Sha256};
use usher_clerk::{ClerkUserId, Timestamp};
use uuid::Uuid;

use crate::{
    children::idempotency_key::IdempotencyKey,
    error::Error,
    table::{
        item::{Item, get_text, seconds, text},
        row::Key,
    },
};

/// How long an answer is kept.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A request that carries a key, and a hash of what it asks: the same key for something else is a mistake.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    key: IdempotencyKey,
    hash: String,
}

impl IdempotentRequest {
    /// Takes a key, where the request went (method and path), and its body.
    pub fn new(key: IdempotencyKey, target: &str, body: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(target).chain_update([0]).chain_update(body).finalize();
        let hash = digest.iter().fold(String::with_capacity(64), |mut hash, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hash, "{byte:02x}");
            hash
        });
        Self { key, hash }
    }

    /// The row that is written with what the request makes: the ids are the answer, for the rest is in the request.
    pub(crate) fn item(&self, user: &ClerkUserId, ids: &[Uuid], now: Timestamp) -> Item {
        let ids = ids.iter().map(|id| text(id.hyphenated().to_string())).collect();
        let mut item = Key::request(user, &self.key).item();
        item.extend([
            ("body_hash".into(), text(&self.hash)),
            ("answer".into(), AttributeValue::L(ids)),
            ("expires_at".into(), seconds(now.saturating_add(LIFETIME))),
        ]);
        item
    }

    /// The ids of the first answer, from the row that was in the way.
    pub(crate) fn first_answer(&self, row: &Item) -> Result<Vec<Uuid>, Error> {
        if get_text(row, "body_hash") != Some(&self.hash) {
            return Err(Error::IdempotencyMismatch);
        }
        let ids = row.get("answer").and_then(|answer| answer.as_l().ok());
        ids.and_then(|ids| ids.iter().map(|id| id.as_s().ok()?.parse().ok()).collect())
            .ok_or(Error::Unreadable("answer"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_for_something_else_is_a_mistake() {
        let user = ClerkUserId::parse("user_1").unwrap();
        let request =
            |target, body: &str| IdempotentRequest::new(IdempotencyKey::parse("k").unwrap(), target, body.as_bytes());
        let ids = [Uuid::now_v7(), Uuid::now_v7()];
        let row = request("POST /threads", "{}").item(&user, &ids, Timestamp::now());
        assert_eq!(request("POST /threads", "{}").first_answer(&row).unwrap(), ids);
        for other in [request("POST /threads", "{ }"), request("POST /thread", "s{}")] {
            assert!(matches!(other.first_answer(&row), Err(Error::IdempotencyMismatch)));
        }
    }
}
