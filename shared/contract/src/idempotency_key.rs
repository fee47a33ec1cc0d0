//! The value of the `Idempotency-Key` header.

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::limits::MAX_IDEMPOTENCY_KEY_CHARS;

/// The caller's name for one request: 1 to 64 printable ASCII characters, without a space at either end, because HTTP
/// does not keep such a space (RFC 9110 §5.5). Keys of different users are independent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct IdempotencyKey(
    #[schemars(length(min = 1, max = MAX_IDEMPOTENCY_KEY_CHARS), regex(pattern = "^[!-~]([ -~]*[!-~])?$"))] String,
);

/// The error for a text that is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {MAX_IDEMPOTENCY_KEY_CHARS} printable ASCII characters")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Parses a key.
    ///
    /// # Errors
    /// The text is empty or too long, has other characters, or begins or ends with a space.
    pub fn parse(key: &str) -> Result<Self, InvalidIdempotencyKey> {
        let valid = (1..=MAX_IDEMPOTENCY_KEY_CHARS).contains(&key.len())
            && key.bytes().all(|b| (b' '..=b'~').contains(&b))
            && key.trim_ascii() == key;
        valid.then(|| Self(key.to_owned())).ok_or(InvalidIdempotencyKey)
    }

    /// Returns the key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Uuid> for IdempotencyKey {
    fn from(uuid: Uuid) -> Self {
        Self(uuid.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_1_to_64_printable_characters() {
        for key in ["a", "a b", "~", &"k".repeat(64)] {
            assert!(IdempotencyKey::parse(key).is_ok(), "{key}");
        }
        for key in ["", " ", " a", "a ", &"k".repeat(65), "a\n", "é"] {
            assert!(IdempotencyKey::parse(key).is_err(), "{key}");
        }
    }
}
