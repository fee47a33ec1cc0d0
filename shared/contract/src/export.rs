//! The export of everything that belongs to a user: lines of JSON (NDJSON).
//!
//! The first response begins with a header. Then come the user, the settings, and the threads in the order of their
//! creation, each followed by its messages. Every response ends with a line of the type `end`. If it says `continues`,
//! the next request goes on from its cursor, and the lines of both responses together are the export. A response without
//! such a line is not whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};

use crate::{message::Message, thread::Thread, timestamp::Timestamp, user::ClerkUser};

/// The media type of an export.
pub const NDJSON: &str = "application/x-ndjson";
/// The `format` of an export.
pub const EXPORT_FORMAT: &str = "usher-export";
/// The `version` of an export. A change that a reader must know of has another number.
pub const EXPORT_VERSION: u32 = 1;

/// A line of an export.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExportLine<'a> {
    /// The first line.
    Header(ExportHeader),
    /// The user.
    User {
        /// The Clerk user, as Clerk sent it, without `private_metadata`.
        #[schemars(with = "ClerkUser")]
        user: &'a RawValue,
    },
    /// The settings.
    Settings {
        /// The JSON object.
        settings: &'a Map<String, Value>,
    },
    /// A thread.
    Thread(&'a Thread),
    /// A message of the last thread before it.
    Message(&'a Message),
    /// The last line of a response.
    End(ExportEnd),
}

/// The first line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportHeader {
    /// `usher-export`.
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// When the export began.
    pub exported_at: Timestamp,
}

/// The last line of a response of the export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ExportEnd {
    /// Everything is exported.
    Complete {
        /// What this response has.
        #[serde(flatten)]
        part: ExportedPart,
    },
    /// There is more than one response may hold.
    Continues {
        /// What this response has.
        #[serde(flatten)]
        part: ExportedPart,
        /// The `cursor` of the next request.
        next_cursor: String,
    },
    /// The user was deleted during the export. What came before is not all.
    UserDeleted,
}

/// What a response of the export has before its last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportedPart {
    /// The number of lines of each type.
    pub counts: ExportCounts,
    /// The SHA-256 of all bytes of the response before the last line, with the line feeds, in lower-case hexadecimal.
    pub sha256: String,
}

/// The number of lines of each type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportCounts {
    /// 1 in the first response, and 0 in those that continue it.
    pub users: u64,
    /// 1 in the first response, and 0 in those that continue it.
    pub settings: u64,
    /// The threads.
    pub threads: u64,
    /// The messages.
    pub messages: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_has_one_form_for_each_outcome() {
        let part = ExportedPart { counts: ExportCounts { threads: 1, ..Default::default() }, sha256: "ab".to_owned() };
        let counts = r#""counts":{"users":0,"settings":0,"threads":1,"messages":0},"sha256":"ab""#;
        for (end, json) in [
            (ExportEnd::Complete { part: part.clone() }, format!(r#"{{"type":"end","outcome":"complete",{counts}}}"#)),
            (
                ExportEnd::Continues { part, next_cursor: "c".to_owned() },
                format!(r#"{{"type":"end","outcome":"continues",{counts},"next_cursor":"c"}}"#),
            ),
            (ExportEnd::UserDeleted, r#"{"type":"end","outcome":"user_deleted"}"#.to_owned()),
        ] {
            assert_eq!(serde_json::to_string(&ExportLine::End(end.clone())).unwrap(), json);
            assert_eq!(serde_json::from_str::<ExportEnd>(&json).unwrap(), end);
        }
    }
}
