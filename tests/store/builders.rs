//! What goes into the store, and rows as the store writes them.

use aws_sdk_dynamodb::types::AttributeValue;
use harness::Row;
use serde_json::Value;
use usher_store::{ClerkUserId, IdempotencyKey, IdempotentRequest, MergePatch, NewMessage, PageLimit, ThreadId, Title};
use uuid::Uuid;

pub(crate) fn title(text: &str) -> Title {
    Title::try_from(text.to_owned()).unwrap()
}

pub(crate) fn message(content: &str) -> NewMessage {
    serde_json::from_value(serde_json::json!({ "content": content })).unwrap()
}

pub(crate) fn patch(value: Value) -> MergePatch {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn request(key: &str, body: &str) -> IdempotentRequest {
    IdempotentRequest::new(IdempotencyKey::parse(key).unwrap(), "POST /", body.as_bytes())
}

pub(crate) fn limit(limit: usize) -> PageLimit {
    PageLimit::parse(&limit.to_string()).unwrap()
}

pub(crate) fn partition(user: &ClerkUserId) -> String {
    format!("USER#{user}")
}

pub(crate) fn row<const N: usize>(user: &ClerkUserId, sk: &str, attributes: [(&str, AttributeValue); N]) -> Row {
    let mut row = Row::from([("pk".to_owned(), string(partition(user))), ("sk".to_owned(), string(sk))]);
    row.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
    row
}

pub(crate) fn thread_row(user: &ClerkUserId, thread: Uuid) -> Row {
    row(user, &format!("THREAD#{thread}"), [("created_at", integer(1)), ("updated_at", integer(1))])
}

pub(crate) fn message_row(user: &ClerkUserId, thread: Uuid) -> Row {
    let values = [("role", string("user")), ("content", string("Hello")), ("created_at", integer(1))];
    row(user, &format!("MESSAGE#{thread}#{}", Uuid::now_v7()), values)
}

/// Threads, and messages dealt out among them, all of a user.
pub(crate) fn conversations(user: &ClerkUserId, threads: usize, messages: usize) -> impl Iterator<Item = Row> {
    let ids: Vec<_> = (0..threads).map(|_| Uuid::now_v7()).collect();
    let messages = (0..messages).map({
        let ids = ids.clone();
        move |number| message_row(user, ids[number % ids.len()])
    });
    ids.into_iter().map(|thread| thread_row(user, thread)).chain(messages)
}

/// Messages of a thread of a user.
pub(crate) fn messages_in(user: &ClerkUserId, thread: ThreadId, messages: usize) -> impl Iterator<Item = Row> {
    let thread = thread.to_string().parse().unwrap();
    (0..messages).map(move |_| message_row(user, thread))
}

pub(crate) fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn integer(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
