//! The key of `Idempotency-Key`.

/// A caller's name for one request: 1 to 64 printable ASCII characters. Each user has keys of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// A text that cannot be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 64 printable ASCII characters")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Reads a key.
    ///
    /// # Errors
    /// It is empty, too long, or holds other characters.
    pub fn parse(key: &str) -> Result<Self, InvalidIdempotencyKey> {
        let valid = (1..=64).contains(&key.len()) && key.bytes().all(|b| (b' '..=b'~').contains(&b));
        valid.then(|| Self(key.to_owned())).ok_or(InvalidIdempotencyKey)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_1_to_64_printable_characters() {
        for key in ["a", " ", "~", &"k".repeat(64)] {
            assert!(IdempotencyKey::parse(key).is_ok(), "{key}");
        }
        for key in ["", &"k".repeat(65), "a\n", "é"] {
            assert!(IdempotencyKey::parse(key).is_err(), "{key}");
        }
    }
}
