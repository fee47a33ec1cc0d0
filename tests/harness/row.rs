//! Rows of the table.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

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
