//! Rows as the table's stream shows them.

use serde::{Deserialize, de::IgnoredAny};

/// The state of a row in a record of the table's stream: `NewImage` or `OldImage`. Everything else in the image is
/// skipped, because a message can have 400 KB.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct RowImage {
    deleted_at: Option<IgnoredAny>,
    banned: Option<IgnoredAny>,
}

impl RowImage {
    /// Returns whether the row is a tombstone.
    pub fn is_tombstone(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// Returns whether the row is of a user whom Clerk has banned.
    pub fn is_banned(&self) -> bool {
        self.banned.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::attribute::{BANNED, DELETED_AT};

    #[test]
    fn an_image_has_the_attributes_of_the_table() {
        let image = |name: &str| {
            let json = format!(r#"{{"content":{{"S":"long"}},"{name}":{{"N":"1"}}}}"#);
            serde_json::from_str::<RowImage>(&json).unwrap()
        };
        let states = |image: RowImage| (image.is_tombstone(), image.is_banned());
        assert_eq!(states(image(DELETED_AT)), (true, false));
        assert_eq!(states(image(BANNED)), (false, true));
        assert_eq!(states(image("other")), (false, false));
    }
}
