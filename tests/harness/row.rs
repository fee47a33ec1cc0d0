//! Rows of the table.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest, Sha256};

use crate::event::user_object;

/// An item.
pub type Row = HashMap<String, AttributeValue>;

/// The names of a row's attributes.
pub fn attributes(row: &Row) -> BTreeSet<&str> {
    row.keys().map(String::as_str).collect()
}

/// An attribute that is a string.
pub fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row[name].as_s().unwrap()
}

/// An attribute that is a whole number.
pub fn number(row: &Row, name: &str) -> i64 {
    row[name].as_n().unwrap().parse().unwrap()
}

/// The row of a user as a webhook of this version left it at the time `synced_at`, in milliseconds.
pub fn user_row(user: &str, updated_at: i64, synced_at: i64) -> Row {
    let text = |value: String| AttributeValue::S(value);
    let number = |value: i64| AttributeValue::N(value.to_string());
    Row::from([
        ("pk".into(), text(format!("USER#{user}"))),
        ("sk".into(), text("USER".into())),
        ("row_kind".into(), text(format!("user#{:x}", Sha256::digest(user)[0] % 16))),
        ("clerk_user".into(), text(user_object(user, updated_at))),
        ("updated_at".into(), number(updated_at)),
        ("event_at".into(), number(updated_at)),
        ("synced_at".into(), number(synced_at)),
        ("svix_id".into(), text("msg_1".into())),
    ])
}
