//! The rules for who may use the API and which rows count as present.
//!
//! A user may use the API if its row is present, is not a tombstone and is not banned.

use std::time::Duration;

use crate::{
    error::Error,
    table::{
        attribute::{BANNED, DELETED_AT, PK},
        item::Item,
    },
};

/// The time that the tombstone of a user stays after the purge: 90 days. For that long a late event cannot bring the
/// user back.
pub(crate) const TOMBSTONE_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The attributes that decide whether a user may use the API, and whether a thread is present.
pub(crate) const LIVENESS: [&str; 3] = [PK, DELETED_AT, BANNED];

/// Returns the condition that a row is present and is not a tombstone.
pub(crate) fn is_present() -> String {
    format!("attribute_exists({PK}) AND {}", is_not_deleted())
}

/// Returns the condition that a user is not deleted. The user need not be synced.
pub(crate) fn is_not_deleted() -> String {
    format!("attribute_not_exists({DELETED_AT})")
}

/// Returns the condition that a user may use the API.
pub(crate) fn is_admitted() -> String {
    format!("{} AND attribute_not_exists({BANNED})", is_present())
}

/// Returns whether a row is a tombstone.
pub(crate) fn is_tombstone(row: &Item) -> bool {
    row.contains_key(DELETED_AT)
}

/// Returns the row of a user who may use the API. Takes the user's row, or `None` if there is none.
pub(crate) fn admitted(row: Option<Item>) -> Result<Item, Error> {
    match row {
        None => Err(Error::UserNotSynced),
        Some(row) if is_tombstone(&row) => Err(Error::UserDeleted),
        Some(row) if row.contains_key(BANNED) => Err(Error::UserBanned),
        Some(row) => Ok(row),
    }
}

/// Returns a row that is present. A missing row and a tombstone look the same to a caller.
pub(crate) fn present(row: Option<Item>) -> Result<Item, Error> {
    row.filter(|row| !is_tombstone(row)).ok_or(Error::NotFound)
}
