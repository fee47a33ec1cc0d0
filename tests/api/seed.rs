//! Rows as the functions write them, for tests that need more of them than they have the time to ask for.

use aws_sdk_dynamodb::types::AttributeValue;
use harness::{Row, now_ms};
use uuid::Uuid;

/// A thread of a user.
pub(crate) fn thread(user_id: &str, thread: Uuid) -> Row {
    row(user_id, &format!("THREAD#{thread}"), [("created_at", number(now_ms())), ("updated_at", number(now_ms()))])
}

/// A message of a thread.
pub(crate) fn message(user_id: &str, thread: Uuid, content: &str) -> Row {
    let sk = format!("MESSAGE#{thread}#{}", Uuid::now_v7());
    row(user_id, &sk, [("role", text("user")), ("content", text(content)), ("created_at", number(now_ms()))])
}

/// So many messages of a thread, oldest first; their contents count them.
pub(crate) fn messages(user_id: &str, thread: Uuid, count: usize) -> Vec<Row> {
    (0..count).map(|n| message(user_id, thread, &n.to_string())).collect()
}

/// Settings that no merge patch can make.
pub(crate) fn settings(user_id: &str, json: &str) -> Row {
    row(user_id, "SETTINGS", [("settings", text(json)), ("version", number(1))])
}

fn row<const N: usize>(user_id: &str, sk: &str, attributes: [(&str, AttributeValue); N]) -> Row {
    let keys = [("pk", text(&format!("USER#{user_id}"))), ("sk", text(sk))];
    keys.into_iter().chain(attributes).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
