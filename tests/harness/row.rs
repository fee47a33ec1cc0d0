//! Rows of the table: reading their attributes, and building them as the functions write them.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Display,
};

use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{clock::now_ms, user::user_object};

/// An item.
pub type Row = HashMap<String, AttributeValue>;

/// The names of a row's attributes.
pub fn attributes(row: &Row) -> BTreeSet<&str> {
    row.keys().map(String::as_str).collect()
}

/// Reads an attribute that is a string.
pub fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row[name].as_s().unwrap()
}

/// Reads an attribute that is a whole number.
pub fn number(row: &Row, name: &str) -> i64 {
    row[name].as_n().unwrap().parse().unwrap()
}

/// A string as an attribute.
pub fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A whole number as an attribute.
pub fn integer(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The key of a user's partition.
pub fn partition_key(user: impl Display) -> String {
    format!("USER#{user}")
}

/// A row in a user's partition.
pub fn row<const N: usize>(user: impl Display, sk: &str, attributes: [(&str, AttributeValue); N]) -> Row {
    let keys = [("pk", string(partition_key(user))), ("sk", string(sk))];
    keys.into_iter().chain(attributes).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The row that a webhook with this version of a user left at `synced_at`, in milliseconds.
pub fn user_row(user: &str, updated_at: i64, synced_at: i64) -> Row {
    let attributes = [
        ("row_kind", string(format!("user#{:x}", Sha256::digest(user)[0] % 16))),
        ("clerk_user", string(user_object(user, updated_at))),
        ("updated_at", integer(updated_at)),
        ("event_at", integer(updated_at)),
        ("synced_at", integer(synced_at)),
        ("svix_id", string("msg_1")),
    ];
    row(user, "USER", attributes)
}

/// A thread of a user.
pub fn thread_row(user: impl Display, thread: impl Display) -> Row {
    let now = now_ms();
    row(user, &format!("THREAD#{thread}"), [("created_at", integer(now)), ("updated_at", integer(now))])
}

/// A new message of a thread.
pub fn message_row(user: impl Display, thread: impl Display, content: &str) -> Row {
    let attributes = [("role", string("user")), ("content", string(content)), ("created_at", integer(now_ms()))];
    row(user, &format!("MESSAGE#{thread}#{}", Uuid::now_v7()), attributes)
}

/// New messages of a thread, oldest first. Their contents are their numbers, counted from 0.
pub fn message_rows(user: impl Display, thread: impl Display, count: usize) -> impl Iterator<Item = Row> {
    (0..count).map(move |number| message_row(&user, &thread, &number.to_string()))
}

/// New threads of a user, and messages that are dealt out among them.
pub fn conversation_rows(user: impl Display, threads: usize, messages: usize) -> impl Iterator<Item = Row> {
    let threads: Vec<_> = (0..threads).map(|_| Uuid::now_v7()).collect();
    let thread_rows: Vec<_> = threads.iter().map(|thread| thread_row(&user, thread)).collect();
    let message = move |number: usize| message_row(&user, threads[number % threads.len()], "Hello");
    thread_rows.into_iter().chain((0..messages).map(message))
}
