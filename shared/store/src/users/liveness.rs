//! Who may use the API: users who are known here, not deleted and not banned.

use std::time::Duration;

use crate::{error::Error, table::item::Item};

/// A row that is there and no tombstone.
pub(crate) const ALIVE: &str = "attribute_exists(pk) AND attribute_not_exists(deleted_at)";

/// How long the tombstone of a user outlives the purge: 90 days. For that long a late event cannot bring the user back.
pub(crate) const TOMBSTONE_LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The attribute of a user whom Clerk has banned. Other users do not have it.
pub(crate) const BANNED: &str = "banned";

/// The attributes that decide whether a user is admitted, and whether a thread is there.
pub(crate) const STATE: &str = "pk, deleted_at, banned";

/// Returns the row of a user who may use the API: known here, not deleted and not banned.
pub(crate) fn admitted(row: Option<Item>) -> Result<Item, Error> {
    let row = alive(row)?;
    if row.contains_key(BANNED) { Err(Error::UserBanned) } else { Ok(row) }
}

/// The row of a user who is neither unknown nor deleted.
pub(crate) fn alive(row: Option<Item>) -> Result<Item, Error> {
    match row {
        None => Err(Error::UserNotSynced),
        Some(row) if row.contains_key("deleted_at") => Err(Error::UserDeleted),
        Some(row) => Ok(row),
    }
}
