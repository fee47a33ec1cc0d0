//! Threads and their titles.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::{
    fields::{Fields, FromFields, InvalidField},
    id::ThreadId,
    limits::MAX_TITLE_CHARS,
    timestamp::Timestamp,
    visible::{VISIBLE, is_blank},
};

/// The title of a thread: 1 to 200 characters, at least one of which is visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(!try_from)]
pub struct Title(#[schemars(length(min = 1, max = MAX_TITLE_CHARS), regex(pattern = VISIBLE))] String);

/// The error for a text that is not a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {MAX_TITLE_CHARS} characters and not blank")]
pub struct InvalidTitle;

/// The request of `POST /threads`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CreateThread {
    /// The title. Without it, or with null, the thread has no title.
    #[schemars(default)]
    pub title: Option<Title>,
}

/// The request of `PATCH /threads/{thread_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct UpdateThread {
    /// The new title. Null removes the title.
    #[schemars(schema_with = "nullable_title")]
    pub title: Option<Title>,
}

/// A thread, as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Thread {
    /// The id.
    pub id: ThreadId,
    /// Null if the thread has no title.
    pub title: Option<String>,
    /// When the thread was created.
    pub created_at: Timestamp,
    /// When the title or the messages last changed.
    pub updated_at: Timestamp,
}

/// Returns the schema of a field that may be null but not missing. For an `Option` there is no attribute that says so.
fn nullable_title(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<Option<Title>>()
}

impl FromFields for CreateThread {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        Ok(Self { title: fields.or_default("title")? })
    }
}

impl FromFields for UpdateThread {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        Ok(Self { title: fields.required("title")? })
    }
}

impl Title {
    /// Returns the title as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Title> for String {
    fn from(title: Title) -> Self {
        title.0
    }
}

impl TryFrom<String> for Title {
    type Error = InvalidTitle;

    fn try_from(text: String) -> Result<Self, InvalidTitle> {
        let valid = !is_blank(&text) && text.chars().take(MAX_TITLE_CHARS + 1).count() <= MAX_TITLE_CHARS;
        valid.then_some(Self(text)).ok_or(InvalidTitle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_counted_in_characters() {
        for text in ["a", "\u{200b}a", &"é".repeat(200), &"👩".repeat(200)] {
            assert!(Title::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in ["", " \n", "\u{200b}", "\u{200d} \u{2066}", &"a".repeat(201), &"👩".repeat(201)] {
            assert!(Title::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
