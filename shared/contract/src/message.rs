//! Messages, and the limits of their fields.

use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::{
    fields::{Fields, FromFields, InvalidField},
    id::{MessageId, ThreadId},
    limits::{MAX_CONTENT_BYTES, MAX_MODEL_CHARS, MAX_PARTS_BYTES},
    reply::MessageStatus,
    strict::StrictValue,
    timestamp::Timestamp,
};

/// The author of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", try_from = "String")]
#[schemars(!try_from)]
pub enum Role {
    /// The person.
    #[default]
    User,
    /// The model.
    Assistant,
}

/// The text of a message: 1 byte to 100 KB of UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(!try_from)]
pub struct Content(#[schemars(length(min = 1, max = MAX_CONTENT_BYTES))] String);

/// The name of the model that answered: 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(!try_from)]
pub struct Model(#[schemars(length(min = 1, max = MAX_MODEL_CHARS))] String);

/// The parts of a message: a JSON array of objects that each have a `type` (text, reasoning, tool-call, tool-result,
/// …), at most 256 KB of JSON. They are stored as JSON.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "StrictValue")]
#[schemars(!try_from)]
pub struct MessageParts(#[schemars(schema_with = "parts_schema")] Box<RawValue>);

/// The error for a value that a field of a message cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMessage {
    /// Not a role.
    #[error("must be `user` or `assistant`")]
    Role,
    /// The content is empty or too long.
    #[error("must be 1 to {MAX_CONTENT_BYTES} bytes")]
    Content,
    /// The name of the model is empty or too long.
    #[error("must be 1 to {MAX_MODEL_CHARS} characters")]
    Model,
    /// Not an array of objects that each have a `type`.
    #[error("must be an array of objects that each have a type")]
    Parts,
    /// The parts are too large.
    #[error("must be at most {MAX_PARTS_BYTES} bytes of JSON")]
    PartsTooLarge,
}

/// The request of `POST /threads/{thread_id}/messages`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CreateMessage {
    /// The author, `user` if it is left out.
    #[schemars(default)]
    pub role: Role,
    /// The text.
    pub content: Content,
    /// The same message as an AI library structures it.
    #[schemars(default)]
    pub parts: Option<MessageParts>,
    /// The client's name for the model that wrote the message.
    #[schemars(default)]
    pub model: Option<Model>,
}

/// A message, as its user sees it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// The id.
    pub id: MessageId,
    /// The thread of the message.
    pub thread_id: ThreadId,
    /// The author.
    pub role: Role,
    /// The text.
    pub content: String,
    /// The parts as JSON. Null if the message has no parts.
    #[schemars(schema_with = "optional_parts_schema")]
    pub parts: Option<Box<RawValue>>,
    /// Null if the message has no model.
    pub model: Option<String>,
    /// When the message was created.
    pub created_at: Timestamp,
    /// Whether the message is finished.
    #[serde(default)]
    pub status: MessageStatus,
}

impl FromFields for CreateMessage {
    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, InvalidField> {
        let role = fields.or_default("role");
        let content = fields.required("content");
        let parts = fields.or_default("parts");
        let model = fields.or_default("model");
        Ok(Self { role: role?, content: content?, parts: parts?, model: model? })
    }
}

impl Role {
    /// Returns the role as text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

impl TryFrom<String> for Role {
    type Error = InvalidMessage;

    fn try_from(text: String) -> Result<Self, InvalidMessage> {
        match text.as_str() {
            "user" => Ok(Self::User),
            "assistant" => Ok(Self::Assistant),
            _ => Err(InvalidMessage::Role),
        }
    }
}

impl Content {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Content> for String {
    fn from(content: Content) -> Self {
        content.0
    }
}

impl TryFrom<String> for Content {
    type Error = InvalidMessage;

    fn try_from(text: String) -> Result<Self, InvalidMessage> {
        let valid = (1..=MAX_CONTENT_BYTES).contains(&text.len());
        valid.then_some(Self(text)).ok_or(InvalidMessage::Content)
    }
}

impl Model {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Model> for String {
    fn from(model: Model) -> Self {
        model.0
    }
}

impl TryFrom<String> for Model {
    type Error = InvalidMessage;

    fn try_from(text: String) -> Result<Self, InvalidMessage> {
        let valid = (1..=MAX_MODEL_CHARS).contains(&text.chars().take(MAX_MODEL_CHARS + 1).count());
        valid.then_some(Self(text)).ok_or(InvalidMessage::Model)
    }
}

impl MessageParts {
    /// Returns the parts as compact JSON.
    pub fn as_json(&self) -> &str {
        self.0.get()
    }
}

impl From<MessageParts> for Box<RawValue> {
    fn from(parts: MessageParts) -> Self {
        parts.0
    }
}

impl TryFrom<Value> for MessageParts {
    type Error = InvalidMessage;

    fn try_from(value: Value) -> Result<Self, InvalidMessage> {
        let is_part = |part: &Value| part.get("type").is_some_and(Value::is_string);
        if !value.as_array().is_some_and(|parts| parts.iter().all(is_part)) {
            return Err(InvalidMessage::Parts);
        }
        let text = value.to_string();
        if text.len() > MAX_PARTS_BYTES {
            return Err(InvalidMessage::PartsTooLarge);
        }
        RawValue::from_string(text).map(Self).map_err(|_| InvalidMessage::Parts)
    }
}

impl TryFrom<StrictValue> for MessageParts {
    type Error = InvalidMessage;

    fn try_from(StrictValue(value): StrictValue) -> Result<Self, InvalidMessage> {
        Self::try_from(value)
    }
}

fn parts_schema(_: &mut schemars::SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["type"],
            "properties": { "type": { "type": "string" } },
            // Said although it is the default, because generators of types leave other fields out without it.
            "additionalProperties": true
        }
    })
}

fn optional_parts_schema(generator: &mut schemars::SchemaGenerator) -> Schema {
    let mut schema = parts_schema(generator);
    schema.insert("type".into(), serde_json::json!(["array", "null"]));
    schema
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
    fn parts_are_objects_with_a_type() {
        let parts = |value: Value| MessageParts::try_from(value);
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
    #[test]
    fn a_response_may_exceed_the_limits_of_a_request() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let text = serde_json::json!({
            "id": id, "thread_id": id, "role": "user", "content": "a".repeat(MAX_CONTENT_BYTES + 1),
            "parts": [{"type": "x", "n": 1.5}], "model": "", "created_at": 1, "new": true
        });
        let message: Message = serde_json::from_str(&text.to_string()).unwrap();
        assert_eq!(message.parts.unwrap().get(), r#"[{"n":1.5,"type":"x"}]"#);
        assert_eq!(message.content.len(), MAX_CONTENT_BYTES + 1);
    }
}
