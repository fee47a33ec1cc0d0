//! Values of attributes, and how to read them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use usher_contract::Timestamp;

use crate::error::Error;

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Returns a time in milliseconds. All times but `expires_at` are in milliseconds.
pub(crate) fn millis(time: Timestamp) -> AttributeValue {
    number(time.as_millis())
}

/// Returns a time in whole seconds, as DynamoDB's time to live reads `expires_at`.
pub(crate) fn seconds(time: Timestamp) -> AttributeValue {
    number(time.as_secs())
}

/// Adds a string if there is one.
pub(crate) fn insert_text(item: &mut Item, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        item.insert(name.into(), text(value));
    }
}

/// Takes a string out of an item that must have it.
pub(crate) fn take_text(item: &mut Item, name: &'static str) -> Result<String, Error> {
    match item.remove(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(Error::Unreadable(name)),
    }
}

/// Reads a string. Returns `None` if the attribute is missing or of another type.
pub(crate) fn get_text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// Reads a whole number from an item that must have it.
fn get_number(item: &Item, name: &'static str) -> Result<i64, Error> {
    let number = item.get(name).and_then(|value| value.as_n().ok());
    number.and_then(|number| number.parse().ok()).ok_or(Error::Unreadable(name))
}

/// Reads a count from an item that must have it.
pub(crate) fn get_count(item: &Item, name: &'static str) -> Result<u64, Error> {
    u64::try_from(get_number(item, name)?).map_err(|_| Error::Unreadable(name))
}

/// Reads a time in milliseconds from an item that must have it.
pub(crate) fn get_millis(item: &Item, name: &'static str) -> Result<Timestamp, Error> {
    get_number(item, name).map(Timestamp::from_millis)
}
