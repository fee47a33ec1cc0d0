//! Attributes of an item, and the keys.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use usher_clerk::Timestamp;

use crate::error::Error;

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time in milliseconds, as every time in the table but `expires_at`.
pub(crate) fn millis(time: Timestamp) -> AttributeValue {
    number(time.as_millis())
}

/// A time in whole seconds, as DynamoDB's time to live reads `expires_at`.
pub(crate) fn seconds(time: Timestamp) -> AttributeValue {
    number(time.as_secs())
}

/// Takes a string out of an item.
pub(crate) fn take_text(item: &mut Item, name: &'static str) -> Result<String, Error> {
    match item.remove(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(Error::Unreadable(name)),
    }
}

/// Reads a string that is there.
pub(crate) fn get_text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// Reads a whole number.
pub(crate) fn get_number(item: &Item, name: &'static str) -> Result<i64, Error> {
    let number = item.get(name).and_then(|value| value.as_n().ok());
    number.and_then(|number| number.parse().ok()).ok_or(Error::Unreadable(name))
}

/// Reads a time in milliseconds.
pub(crate) fn get_millis(item: &Item, name: &'static str) -> Result<Timestamp, Error> {
    get_number(item, name).map(Timestamp::from_millis)
}

/// An attribute that is there only where it has a value.
pub(crate) fn insert_text(item: &mut Item, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        item.insert(name.into(), text(value));
    }
}
