//! The ids of threads and messages.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The error for a text that is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of a {0}")]
pub struct InvalidId(&'static str);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String")]
        #[schemars(!try_from)]
        pub struct $name(#[schemars(with = "String", extend("format" = "uuid"))] Uuid);

        impl $name {
            /// Parses an id in its only form: lower case, with hyphens. So equal ids are equal texts.
            ///
            /// # Errors
            /// The text is not such an id.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let uuid = Uuid::try_parse(text).ok().filter(|uuid| uuid.get_version_num() == 7);
                let uuid = uuid.filter(|uuid| uuid.hyphenated().to_string() == text);
                uuid.map(Self).ok_or(InvalidId($kind))
            }

            /// Makes an id of a UUID of version 7. Only the store generates ids.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Returns the UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(&text)
            }
        }
    };
}

id!(
    /// The id of a thread: a UUID of version 7. Its time is when the thread was created, so later ids sort after
    /// earlier ids.
    ThreadId,
    "thread"
);
id!(
    /// The id of a message: a UUID of version 7. Its time is when the message was created, so later ids sort after
    /// earlier ids.
    MessageId,
    "message"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_form() {
        let text = "019ab3c2-7d5f-7c1a-8f3e-2b7d9a6c4e10";
        let id = ThreadId::parse(text).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<ThreadId>(&format!("\"{text}\"")).unwrap(), id);
        let random = "8c5b8c1e-9d5f-4c1a-8f3e-2b7d9a6c4e10";
        for text in
            [&text.to_uppercase(), &text.replace('-', ""), &format!("{{{text}}}"), "", random, &format!("{text}#")]
        {
            assert!(ThreadId::parse(text).is_err(), "{text}");
        }
    }
}
