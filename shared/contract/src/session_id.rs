//! The id of a Clerk session.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id of a Clerk session: `sess_` and 1 to 64 letters, digits, `_` or `-`.
///
/// The ids in the examples of Clerk's OpenAPI (`webhooks` 2025-04-15, `SessionEndedEventPayloadExample`) have 27
/// letters or digits. As with user ids, the rule leaves room for other ids, but excludes the
/// characters that separate the parts of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(!try_from)]
pub struct ClerkSessionId(#[schemars(regex(pattern = "^sess_[A-Za-z0-9_-]{1,64}$"))] String);

/// The error of a text that is not the id of a Clerk session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of a Clerk session")]
pub struct InvalidSessionId;

impl ClerkSessionId {
    /// Parses an id.
    ///
    /// # Errors
    /// The text is not the id of a Clerk session.
    pub fn parse(text: &str) -> Result<Self, InvalidSessionId> {
        Self::try_from(text.to_owned())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClerkSessionId {
    type Error = InvalidSessionId;

    fn try_from(text: String) -> Result<Self, InvalidSessionId> {
        let is_valid = text.strip_prefix("sess_").is_some_and(|rest| {
            (1..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        });
        if is_valid { Ok(Self(text)) } else { Err(InvalidSessionId) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_is_of_one_session() {
        for text in ["sess_1", "sess_2g7np7Hrk0SN6kj5EDMLDaKNL0S", "sess_a-b_c"] {
            assert_eq!(ClerkSessionId::parse(text).unwrap().as_str(), text);
        }
        let long = format!("sess_{}", "a".repeat(65));
        for text in ["", "sess_", "sess", "user_1", "SESS_1", "sess_1#USER", "sess_é", "sess_1 ", &long] {
            assert!(ClerkSessionId::parse(text).is_err(), "{text}");
        }
    }
}
