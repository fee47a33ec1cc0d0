//! The ids that the store generates.

use std::{fmt, time::Duration};

use serde::Serialize;
use usher_clerk::Timestamp;
use uuid::Uuid;

/// The id of a thread: a UUID of version 7. Its time is when the thread was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ThreadId(Uuid);

/// The id of a message: a UUID of version 7. Its time is when the message was created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MessageId(Uuid);

/// The error for a text that is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of a {0}")]
pub struct InvalidId(&'static str);

impl ThreadId {
    /// Parses an id in its only form: lower case, with hyphens.
    ///
    /// # Errors
    /// The text is not a thread id.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        parse_uuid(text).map(Self).ok_or(InvalidId("thread"))
    }
}

impl MessageId {
    /// Parses an id in its only form: lower case, with hyphens.
    ///
    /// # Errors
    /// The text is not a message id.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        parse_uuid(text).map(Self).ok_or(InvalidId("message"))
    }
}

/// An id that the store generates. Later ids sort after earlier ids.
pub(crate) trait GeneratedId: Copy + fmt::Display {
    fn from_uuid(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;

    fn generate() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }

    /// Returns when the id was generated.
    fn created_at(self) -> Timestamp {
        let (seconds, nanos) = self.uuid().get_timestamp().map(|time| time.to_unix()).unwrap_or_default();
        Timestamp::from_millis(0).saturating_add(Duration::new(seconds, nanos))
    }
}

impl GeneratedId for ThreadId {
    fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    fn uuid(self) -> Uuid {
        self.0
    }
}

impl GeneratedId for MessageId {
    fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    fn uuid(self) -> Uuid {
        self.0
    }
}

/// Parses a UUID of version 7 in lower case with hyphens and in no other form, so that equal ids are equal texts.
fn parse_uuid(text: &str) -> Option<Uuid> {
    let uuid = Uuid::try_parse(text).ok()?;
    (uuid.get_version_num() == 7 && uuid.hyphenated().to_string() == text).then_some(uuid)
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_id_has_one_form_and_sorts_by_its_time() {
        let (first, second) = (ThreadId::generate(), ThreadId::generate());
        assert!(first.to_string() < second.to_string());
        assert!(Timestamp::now().saturating_duration_since(first.created_at()) < Duration::from_secs(60));
        let text = first.to_string();
        assert_eq!(ThreadId::parse(&text), Ok(first));
        let random = "8c5b8c1e-9d5f-4c1a-8f3e-2b7d9a6c4e10";
        for text in
            [&text.to_uppercase(), &text.replace('-', ""), &format!("{{{text}}}"), "", random, &format!("{text}#")]
        {
            assert!(ThreadId::parse(text).is_err(), "{text}");
        }
    }
}
