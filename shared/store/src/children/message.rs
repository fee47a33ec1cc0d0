//! What a message is, and what its fields may hold.

use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use usher_clerk::{ClerkUserId, Timestamp};

use crate::{
    error::Error,
    id::{GeneratedId, MessageId, ThreadId},
    strict::StrictValue,
    table::{
        item::{Item, get_millis, insert_text, millis, take_text, text},
        row::{Key, messages_of},
    },
};

/// The longest content, in bytes of UTF-8.
pub const MAX_CONTENT_BYTES: usize = 100 * 1024;
/// The longest name of a model, in characters (Unicode scalar values).
pub const MAX_MODEL_CHARS: usize = 100;
/// The largest parts, in bytes of JSON: with the longest content an item stays below DynamoDB's 400 KB.
pub const MAX_PARTS_BYTES: usize = 256 * 1024;

/// Who speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Role {
    /// The person.
    #[default]
    User,
    /// The model.
    Assistant,
}

/// The text of a message: 1 byte to 100 KB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Content(String);

/// The name of the model that answered: 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Model(String);

/// What a message is made of: a JSON array of objects that each have a `type` (text, reasoning, tool-call,
/// tool-result, …), kept as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "StrictValue")]
pub struct MessageParts(Box<RawValue>);

/// A value that a field of a message cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidMessage(&'static str);

/// A message to be written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// Who speaks; the person, unless it is said.
    #[serde(default)]
    pub role: Role,
    /// The text.
    pub content: Content,
    /// What it is made of.
    pub parts: Option<MessageParts>,
    /// The model that answered.
    pub model: Option<Model>,
}

/// A message, as its owner sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// Made here; later ones sort after earlier ones.
    pub id: MessageId,
    /// The thread it belongs to.
    pub thread_id: ThreadId,
    /// Who speaks.
    pub role: Role,
    /// The text.
    pub content: Content,
    /// Null where none were given.
    pub parts: Option<MessageParts>,
    /// Null where none was given.
    pub model: Option<Model>,
    /// When the message was created.
    pub created_at: Timestamp,
}

impl TryFrom<String> for Role {
    type Error = InvalidMessage;

    fn try_from(text: String) -> Result<Self, InvalidMessage> {
        match text.as_str() {
            "user" => Ok(Self::User),
            "assistant" => Ok(Self::Assistant),
            _ => Err(InvalidMessage("must be `user` or `assistant`")),
        }
    }
}

impl TryFrom<String> for Content {
    type Error = InvalidMessage;

    fn try_from(text: String) -> Result<Self, InvalidMessage> {
        let valid = (1..=MAX_CONTENT_BYTES).contains(&text.len());
        valid.then_some(Self(text)).ok_or(InvalidMessage("must be 1 to 102400 bytes"))
    }
}

impl TryFrom<String> for Model {
    type Error = InvalidMessage;

    fn try_from(text: String) -> Result<Self, InvalidMessage> {
        let valid = (1..=MAX_MODEL_CHARS).contains(&text.chars().take(MAX_MODEL_CHARS + 1).count());
        valid.then_some(Self(text)).ok_or(InvalidMessage("must be 1 to 100 characters"))
    }
}

impl TryFrom<StrictValue> for MessageParts {
    type Error = InvalidMessage;

    fn try_from(StrictValue(value): StrictValue) -> Result<Self, InvalidMessage> {
        let is_part = |part: &Value| part.get("type").is_some_and(Value::is_string);
        if !value.as_array().is_some_and(|parts| parts.iter().all(is_part)) {
            return Err(InvalidMessage("must be an array of objects that each have a type"));
        }
        let text = value.to_string();
        if text.len() > MAX_PARTS_BYTES {
            return Err(InvalidMessage("must be at most 262144 bytes of JSON"));
        }
        RawValue::from_string(text).map(Self).map_err(|_| InvalidMessage("must be JSON"))
    }
}

impl NewMessage {
    pub(crate) fn item(&self, user: &ClerkUserId, thread: ThreadId, id: MessageId) -> Item {
        let mut item = Key::message(user, thread, id).item();
        item.extend([
            ("role".into(), text(self.role.as_str())),
            ("content".into(), text(&self.content.0)),
            ("created_at".into(), millis(id.created_at())),
        ]);
        insert_text(&mut item, "parts", self.parts.as_ref().map(|parts| parts.0.get()));
        insert_text(&mut item, "model", self.model.as_ref().map(|model| model.0.as_str()));
        item
    }

    pub(crate) fn written(self, thread_id: ThreadId, id: MessageId) -> Message {
        let Self { role, content, parts, model } = self;
        Message { id, thread_id, role, content, parts, model, created_at: id.created_at() }
    }
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// The bytes of a message's JSON beside its texts, at most: names, ids, role, time and punctuation, escaped.
const FRAME_BYTES: usize = 400;

impl Message {
    /// The size of the message in an answer, in bytes as Lambda counts them: the answer is JSON, and travels as a JSON string.
    pub(crate) fn answer_bytes(&self) -> usize {
        let model = self.model.as_ref().map_or(0, |model| escaped_twice(&model.0));
        let parts = self.parts.as_ref().map_or(0, |parts| escaped(parts.0.get()));
        FRAME_BYTES + escaped_twice(&self.content.0) + model + parts
    }

    pub(crate) fn take_from(thread_id: ThreadId, mut item: Item) -> Result<Self, Error> {
        let created_at = get_millis(&item, "created_at")?;
        let sk = take_text(&mut item, "sk")?;
        let id = sk.strip_prefix(&messages_of(thread_id)).and_then(|id| MessageId::parse(id).ok());
        let role = Role::try_from(take_text(&mut item, "role")?).map_err(|_| Error::Unreadable("role"))?;
        let parts = take_text(&mut item, "parts").ok().map(RawValue::from_string).transpose();
        Ok(Self {
            id: id.ok_or(Error::Unreadable("sk"))?,
            thread_id,
            role,
            content: Content(take_text(&mut item, "content")?),
            parts: parts.map_err(|_| Error::Unreadable("parts"))?.map(MessageParts),
            model: take_text(&mut item, "model").ok().map(Model),
            created_at,
        })
    }
}

/// The bytes of JSON in a JSON string. JSON that was written compactly has no control characters of its own.
fn escaped(json: &str) -> usize {
    json.bytes().map(|byte| if matches!(byte, b'"' | b'\\') { 2 } else { 1 }).sum()
}

/// The bytes of a text in a JSON string in a JSON string (RFC 8259 §7, as serde_json writes it).
fn escaped_twice(text: &str) -> usize {
    let bytes = |byte| match byte {
        b'"' | b'\\' => 4,
        b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 3,
        0..=0x1f => 7,
        _ => 1,
    };
    text.bytes().map(bytes).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn content_is_counted_in_bytes() {
        assert!(Content::try_from("é".repeat(MAX_CONTENT_BYTES / 2)).is_ok());
        assert!(Content::try_from("é".repeat(MAX_CONTENT_BYTES / 2) + "a").is_err());
        assert!(Content::try_from(String::new()).is_err());
    }

    #[test]
    fn the_size_of_an_answer_is_what_serde_json_makes_of_it() {
        let all: String = (0..=0x2ff).filter_map(char::from_u32).collect();
        let once = serde_json::to_string(&all).unwrap();
        let twice = serde_json::to_string(&once).unwrap();
        assert_eq!(escaped(&once), twice.len() - 2);
        // Less the quotes of both strings, of which the inner ones are escaped.
        assert_eq!(escaped_twice(&all), twice.len() - 6);

        let (thread_id, id) = (ThreadId::generate(), MessageId::generate());
        let message = Message {
            id,
            thread_id,
            role: Role::Assistant,
            content: Content(all.clone()),
            parts: Some(MessageParts::try_from(StrictValue(json!([{"type": all}]))).unwrap()),
            model: Some(Model("\u{1}".repeat(MAX_MODEL_CHARS))),
            created_at: id.created_at(),
        };
        let answer = serde_json::to_string(&serde_json::to_string(&message).unwrap()).unwrap();
        assert!((answer.len()..answer.len() + FRAME_BYTES).contains(&message.answer_bytes()), "{}", answer.len());
    }

    #[test]
    fn parts_are_objects_with_a_type() {
        let parts = |value: Value| MessageParts::try_from(StrictValue(value));
        assert!(parts(json!([])).is_ok());
        assert!(parts(json!([{"type": "text", "text": "hi"}, {"type": "tool-call", "x": {}}])).is_ok());
        for value in [json!({}), json!(["text"]), json!([{"type": 1}]), json!([{}]), json!("text")] {
            assert!(parts(value.clone()).is_err(), "{value}");
        }
        let padding = |length: usize| json!([{"type": "text", "t": "a".repeat(length)}]);
        let frame = padding(0).to_string().len();
        assert!(parts(padding(MAX_PARTS_BYTES - frame)).is_ok());
        assert!(parts(padding(MAX_PARTS_BYTES - frame + 1)).is_err());
    }
}
