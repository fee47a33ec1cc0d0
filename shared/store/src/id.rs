//! Identifiers, parsed once at the edge.

use std::fmt;

/// The id of a Clerk user: `user_` and 1 to 64 letters, digits, `_` or `-`.
///
/// Clerk's own are `user_` and 27 letters or digits; the rest leaves room, and keeps `#`, which parts the keys, out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClerkUserId(String);

/// A text that is no id of the kind that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of a {0}")]
pub struct InvalidId(pub(crate) &'static str);

impl ClerkUserId {
    /// Reads an id.
    ///
    /// # Errors
    /// The text is no Clerk user id.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let valid = text.strip_prefix("user_").is_some_and(|rest| {
            (1..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        });
        valid.then(|| Self(text.to_owned())).ok_or(InvalidId("Clerk user"))
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
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
