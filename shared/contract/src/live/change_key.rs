//! What has changed.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::id::ThreadId;

/// What has changed. Each key stands for one `GET` route, and a client that shows its answer reads it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum ChangeKey {
    /// Anything may have changed. A key of a later version is read as this one.
    All,
    /// The settings, `GET /settings`.
    Settings,
    /// The list of threads, `GET /threads`.
    Threads,
    /// A thread, `GET /threads/{thread_id}`.
    Thread(ThreadId),
    /// The messages of a thread, `GET /threads/{thread_id}/messages`.
    Messages(ThreadId),
    /// The user, `GET /users/me`.
    User,
}

impl fmt::Display for ChangeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Settings => f.write_str("settings"),
            Self::Threads => f.write_str("threads"),
            Self::Thread(thread) => write!(f, "threads/{thread}"),
            Self::Messages(thread) => write!(f, "threads/{thread}/messages"),
            Self::User => f.write_str("user"),
        }
    }
}

impl From<ChangeKey> for String {
    fn from(key: ChangeKey) -> Self {
        key.to_string()
    }
}

impl From<String> for ChangeKey {
    fn from(text: String) -> Self {
        let of_thread = |rest: &str| {
            let (id, key): (_, fn(ThreadId) -> Self) = match rest.strip_suffix("/messages") {
                Some(id) => (id, Self::Messages),
                None => (rest, Self::Thread),
            };
            ThreadId::parse(id).ok().map(key)
        };
        match text.as_str() {
            "settings" => Self::Settings,
            "threads" => Self::Threads,
            "user" => Self::User,
            text => text.strip_prefix("threads/").and_then(of_thread).unwrap_or(Self::All),
        }
    }
}

impl JsonSchema for ChangeKey {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ChangeKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "What has changed: `user`, `settings`, `threads`, `threads/{thread_id}`, `threads/{thread_id}/messages`, or `all`. Treat a key that you do not know as `all`.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_from_its_text() {
        let thread = ThreadId::from_uuid(uuid::Uuid::now_v7());
        let keys = [ChangeKey::All, ChangeKey::Settings, ChangeKey::Threads, ChangeKey::User];
        for key in keys.into_iter().chain([ChangeKey::Thread(thread), ChangeKey::Messages(thread)]) {
            assert_eq!(ChangeKey::from(key.to_string()), key);
        }
        for text in ["", "threads/", "threads/1", "threads/1/messages", "new"] {
            assert_eq!(ChangeKey::from(text.to_owned()), ChangeKey::All);
        }
    }
}
