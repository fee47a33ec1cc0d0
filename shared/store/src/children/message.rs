//! The row of a message.

use serde_json::value::RawValue;
use usher_contract::{
    ClerkUserId, CreateMessage, Message, MessageId, MessageParts, MessageStatus, Model, Role, ThreadId, Timestamp,
};

use crate::{
    error::Error,
    id::GeneratedId,
    table::{
        attribute::{CONTENT, CREATED_AT, LEASED_UNTIL, MODEL, PARTS, REPLY_STATUS, ROLE, SK},
        item::{Item, get_millis, get_text, insert_text, millis, take_text, text},
        row::{Key, messages_of},
    },
};

/// Returns the row of a message to be created.
pub(crate) fn message_row(message: &CreateMessage, user: &ClerkUserId, thread: ThreadId, id: MessageId) -> Item {
    let mut row = Key::message(user, thread, id).item();
    row.extend([
        (ROLE.into(), text(message.role.as_str())),
        (CONTENT.into(), text(message.content.as_str())),
        (CREATED_AT.into(), millis(id.created_at())),
    ]);
    insert_text(&mut row, PARTS, message.parts.as_ref().map(MessageParts::as_json));
    insert_text(&mut row, MODEL, message.model.as_ref().map(Model::as_str));
    row
}

/// Returns a message as it is after it was created.
pub(crate) fn created(message: CreateMessage, thread_id: ThreadId, id: MessageId) -> Message {
    let CreateMessage { role, content, parts, model } = message;
    Message {
        id,
        thread_id,
        role,
        content: content.into(),
        parts: parts.map(Into::into),
        model: model.map(Into::into),
        created_at: id.created_at(),
        status: MessageStatus::Complete,
    }
}

/// Reads the status of a message. A reply whose writer has not renewed its lease is interrupted. The lease in the row is
/// the last one after [`Store::refresh_leases`](crate::Store).
pub(crate) fn status_of(row: &Item) -> Result<MessageStatus, Error> {
    let Some(status) = get_text(row, REPLY_STATUS) else { return Ok(MessageStatus::Complete) };
    match MessageStatus::from_text(status).ok_or(Error::Unreadable(REPLY_STATUS))? {
        MessageStatus::Streaming if get_millis(row, LEASED_UNTIL)? <= Timestamp::now() => {
            Ok(MessageStatus::Interrupted)
        }
        status => Ok(status),
    }
}

/// Reads a message from its row.
pub(crate) fn take_message(thread_id: ThreadId, mut row: Item) -> Result<Message, Error> {
    let (created_at, status) = (get_millis(&row, CREATED_AT)?, status_of(&row)?);
    let sk = take_text(&mut row, SK)?;
    let id = sk.strip_prefix(&messages_of(thread_id)).and_then(|id| MessageId::parse(id).ok());
    let role = Role::try_from(take_text(&mut row, ROLE)?).map_err(|_| Error::Unreadable(ROLE))?;
    let parts = take_text(&mut row, PARTS).ok().map(RawValue::from_string).transpose();
    Ok(Message {
        id: id.ok_or(Error::Unreadable(SK))?,
        thread_id,
        role,
        content: take_text(&mut row, CONTENT)?,
        parts: parts.map_err(|_| Error::Unreadable(PARTS))?,
        model: take_text(&mut row, MODEL).ok(),
        created_at,
        status,
    })
}

/// The maximum size of a message's JSON without its texts, in bytes: names, ids, role, time, status and punctuation,
/// escaped.
const FRAME_BYTES: usize = 450;

/// Returns the size of a message in a response, in bytes as Lambda counts them. The response is JSON, and Lambda sends
/// it as a JSON string.
pub(crate) fn response_bytes(message: &Message) -> usize {
    let model = message.model.as_deref().map_or(0, escaped_twice);
    let parts = message.parts.as_ref().map_or(0, |parts| escaped(parts.get()));
    FRAME_BYTES + escaped_twice(&message.content) + model + parts
}

/// Returns the size of JSON in a JSON string, in bytes. Compact JSON has no control characters of its own.
fn escaped(json: &str) -> usize {
    json.bytes().map(|byte| if matches!(byte, b'"' | b'\\') { 2 } else { 1 }).sum()
}

/// Returns the size of a text in a JSON string in a JSON string, in bytes (RFC 8259 §7, as serde_json writes it).
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
    use usher_contract::limits::MAX_MODEL_CHARS;

    use super::*;

    #[test]
    fn a_response_is_as_large_as_serde_json_writes_it() {
        let all: String = (0..=0x2ff).filter_map(char::from_u32).collect();
        let once = serde_json::to_string(&all).unwrap();
        let twice = serde_json::to_string(&once).unwrap();
        assert_eq!(escaped(&once), twice.len() - 2);
        // Without the quotes of both strings. The inner quotes are escaped.
        assert_eq!(escaped_twice(&all), twice.len() - 6);

        let (thread_id, id) = (ThreadId::generate(), MessageId::generate());
        let message = Message {
            id,
            thread_id,
            role: Role::Assistant,
            content: all.clone(),
            parts: Some(MessageParts::try_from(json!([{"type": all}])).unwrap().into()),
            model: Some("\u{1}".repeat(MAX_MODEL_CHARS)),
            created_at: id.created_at(),
            status: MessageStatus::Interrupted,
        };
        let answer = serde_json::to_string(&serde_json::to_string(&message).unwrap()).unwrap();
        assert!((answer.len()..answer.len() + FRAME_BYTES).contains(&response_bytes(&message)), "{}", answer.len());
    }
}
