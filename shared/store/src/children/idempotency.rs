//! `Idempotency-Key`: a repeated request has one effect, and every repeat returns the first answer.

use std::{fmt::Write, time::Duration};

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, builders::PutBuilder};
use serde::Serialize;
use sha2::{Digest, Sha256};
use usher_contract::{ClerkUserId, IdempotencyKey, Timestamp};
use uuid::Uuid;

use crate::{
    error::Error,
    table::{
        attribute::{ANSWER, BODY_HASH, EXPIRES_AT, PK},
        item::{Item, get_text, seconds, text},
        row::Key,
    },
};

/// The time that an answer is stored.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A request with a key, and a hash of the request. The same key with another hash is a mistake of the caller.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    key: IdempotencyKey,
    hash: String,
}

impl IdempotentRequest {
    /// Takes the key, the method and path, and the parsed body of a request. The hash is of what the body means: white
    /// space and the order of names do not count, and a default may be left out, because a client may write the same
    /// request in another way when it repeats it.
    ///
    /// # Errors
    /// The body is not JSON.
    pub fn new(key: IdempotencyKey, target: &str, body: &impl Serialize) -> Result<Self, Error> {
        let mut body = serde_json::to_value(body).map_err(Error::construction)?;
        // Does nothing unless another crate turns on `preserve_order` of serde_json.
        body.sort_all_objects();
        let digest = Sha256::new().chain_update(target).chain_update([0]).chain_update(body.to_string()).finalize();
        let hash = digest.iter().fold(String::with_capacity(64), |mut hash, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hash, "{byte:02x}");
            hash
        });
        Ok(Self { key, hash })
    }

    /// Returns the write that records the request, under the condition that it is the first with its key. An expired
    /// row does not count, because DynamoDB removes expired rows late.
    pub(crate) fn put(&self, user: &ClerkUserId, ids: &[Uuid], now: Timestamp) -> PutBuilder {
        PutBuilder::default()
            .set_item(Some(self.row(user, ids, now)))
            .condition_expression(format!("attribute_not_exists({PK}) OR {EXPIRES_AT} <= :now"))
            .expression_attribute_values(":now", seconds(now))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// Only the generated ids are stored. The rest of the response can be rebuilt from the request.
    fn row(&self, user: &ClerkUserId, ids: &[Uuid], now: Timestamp) -> Item {
        let ids = ids.iter().map(|id| text(id.hyphenated().to_string())).collect();
        let mut row = Key::request(user, &self.key).item();
        row.extend([
            (BODY_HASH.into(), text(&self.hash)),
            (ANSWER.into(), AttributeValue::L(ids)),
            (EXPIRES_AT.into(), seconds(now.saturating_add(LIFETIME))),
        ]);
        row
    }

    /// Returns the ids of the first answer. Takes the row of the first request with this key.
    ///
    /// # Errors
    /// [`Error::IdempotencyMismatch`]: the key was used for another request.
    pub(crate) fn first_answer<const N: usize>(&self, row: &Item) -> Result<[Uuid; N], Error> {
        if get_text(row, BODY_HASH) != Some(&self.hash) {
            return Err(Error::IdempotencyMismatch);
        }
        let ids = row.get(ANSWER).and_then(|answer| answer.as_l().ok());
        let ids: Option<Vec<_>> = ids.and_then(|ids| ids.iter().map(|id| id.as_s().ok()?.parse().ok()).collect());
        ids.and_then(|ids| ids.try_into().ok()).ok_or(Error::Unreadable(ANSWER))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use usher_contract::{CreateMessage, from_body};

    use super::*;

    #[test]
    fn a_key_with_another_request_is_a_mismatch() {
        let user = ClerkUserId::parse("user_1").unwrap();
        let request = |target, body: &str| {
            let body: Value = serde_json::from_str(body).unwrap();
            IdempotentRequest::new(IdempotencyKey::parse("k").unwrap(), target, &body).unwrap()
        };
        let ids = [Uuid::now_v7(), Uuid::now_v7()];
        let row =
            request("POST /threads", r#"{"a":{"b":1,"c":[1.50,null]},"d":"é"}"#).row(&user, &ids, Timestamp::now());
        for same in [r#"{"a":{"b":1,"c":[1.50,null]},"d":"é"}"#, r#" {"d": "\u00e9", "a": {"c":[1.5,null],"b":1}}"#] {
            assert_eq!(request("POST /threads", same).first_answer(&row).unwrap(), ids, "{same}");
        }
        for (target, body) in [
            ("POST /threads", r#"{"a":{"b":1,"c":[null,1.50]},"d":"é"}"#),
            ("POST /threads", r#"{"a":{"b":1.0,"c":[1.50,null]},"d":"é"}"#),
            ("POST /threads", r#"{"a":{"b":1,"c":[1.50,null]},"d":"é","e":null}"#),
            ("POST /thread", r#"{"a":{"b":1,"c":[1.50,null]},"d":"é"}"#),
        ] {
            let other = request(target, body).first_answer::<2>(&row);
            assert!(matches!(other, Err(Error::IdempotencyMismatch)), "{target} {body}");
        }
    }
    #[test]
    fn a_written_default_is_the_same_request() {
        let user = ClerkUserId::parse("user_1").unwrap();
        let request = |body: &str| {
            let body: CreateMessage = from_body(serde_json::from_str(body).unwrap()).unwrap();
            IdempotentRequest::new(IdempotencyKey::parse("k").unwrap(), "POST /", &body).unwrap()
        };
        let row = request(r#"{"content":"a"}"#).row(&user, &[Uuid::now_v7()], Timestamp::now());
        let same = r#"{"role":"user","content":"a","parts":null,"model":null}"#;
        assert!(request(same).first_answer::<1>(&row).is_ok());
        for other in [r#"{"content":"a","role":"assistant"}"#, r#"{"content":"a","parts":[]}"#] {
            assert!(matches!(request(other).first_answer::<1>(&row), Err(Error::IdempotencyMismatch)), "{other}");
        }
    }
}
