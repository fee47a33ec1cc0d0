//! The id of a Clerk user.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id of a Clerk user: `user_` and 1 to 64 letters, digits, `_` or `-`.
///
/// The ids in the examples of Clerk's OpenAPI have 27 letters or digits. The rule leaves room for other ids, but
/// excludes the characters that separate the parts of a key or of a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(!try_from)]
pub struct ClerkUserId(#[schemars(regex(pattern = "^user_[A-Za-z0-9_-]{1,64}$"))] String);

/// The error of a text that is not the id of a Clerk user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of a Clerk user")]
pub struct InvalidUserId;

impl ClerkUserId {
    /// Parses an id.
    ///
    /// # Errors
    /// The text is not the id of a Clerk user.
    pub fn parse(text: &str) -> Result<Self, InvalidUserId> {
        Self::try_from(text.to_owned())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClerkUserId {
    type Error = InvalidUserId;

    fn try_from(text: String) -> Result<Self, InvalidUserId> {
        let is_valid = text.strip_prefix("user_").is_some_and(|rest| {
            (1..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        });
        if is_valid { Ok(Self(text)) } else { Err(InvalidUserId) }
    }
}

impl fmt::Display for ClerkUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_cannot_reach_into_another_partition() {
        for text in ["user_1", "user_2abcDEFghiJKLmnoPQRstuVWXyz", "user_a-b_c"] {
            assert_eq!(ClerkUserId::parse(text).unwrap().as_str(), text);
        }
        let long = format!("user_{}", "a".repeat(65));
        for text in ["", "user_", "user", "mch_1", "USER_1", "user_1#USER", "user_é", "user_1 ", &long] {
            assert!(ClerkUserId::parse(text).is_err(), "{text}");
        }
    }
}
