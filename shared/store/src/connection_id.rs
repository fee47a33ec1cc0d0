//! The ids that API Gateway gives to WebSocket connections.

use std::fmt;

/// The maximum length of an id. Those of API Gateway have about 16 characters.
const MAX_BYTES: usize = 128;

/// The id that API Gateway gave to a WebSocket connection. It is part of a sort key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(String);

/// The error for a text that is not a connection id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {MAX_BYTES} characters of base64")]
pub struct InvalidConnectionId;

impl ConnectionId {
    /// Parses an id.
    ///
    /// # Errors
    /// The text is empty or too long, or has a character that base64 does not use.
    pub fn parse(text: &str) -> Result<Self, InvalidConnectionId> {
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
        let valid = (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(is_base64);
        valid.then(|| Self(text.to_owned())).ok_or(InvalidConnectionId)
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_only_characters_of_base64() {
        for text in ["L0SM9cOFvHcCIhw=", "a", &"a".repeat(128)] {
            assert_eq!(ConnectionId::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "a#b", "a b", "é", &"a".repeat(129)] {
            assert_eq!(ConnectionId::parse(text), Err(InvalidConnectionId), "{text}");
        }
    }
}
