//! The note on a user's row that Clerk does not know the user.
//!
//! A comparison with Clerk writes it, because a list that lacks a user once proves little. Every sync of the user
//! writes a row without the note.

use usher_contract::{ClerkUserId, Timestamp};

use crate::{
    error::Error,
    table::{
        Store,
        attribute::{DELETED_AT, PK, SYNCED_AT, UNKNOWN_SINCE},
        item::{get_millis, millis},
        row::Key,
        write::update_if,
    },
    users::liveness::is_tombstone,
};

/// When a user was last stored, and since when Clerk does not know the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncState {
    /// When the user was last stored.
    pub synced_at: Timestamp,
    /// Since when Clerk does not know the user. `None` if no comparison has noted that.
    pub unknown_since: Option<Timestamp>,
}

impl Store {
    /// Returns the state of a user, or `None` if there is no row or a tombstone.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn get_sync_state(&self, id: &ClerkUserId) -> Result<Option<SyncState>, Error> {
        let row = self.get_attributes(&Key::user(id), &[PK, DELETED_AT, SYNCED_AT, UNKNOWN_SINCE]).await?;
        let Some(row) = row.filter(|row| !is_tombstone(row)) else {
            return Ok(None);
        };
        let unknown_since = row.contains_key(UNKNOWN_SINCE).then(|| get_millis(&row, UNKNOWN_SINCE)).transpose()?;
        Ok(Some(SyncState { synced_at: get_millis(&row, SYNCED_AT)?, unknown_since }))
    }

    /// Notes that Clerk does not know a user since `at`. Changes nothing if an earlier time is noted, or if the user
    /// was synced or deleted after `state` was read.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn mark_unknown(&self, id: &ClerkUserId, state: &SyncState, at: Timestamp) -> Result<(), Error> {
        let request = self
            .update_row(&Key::user(id), format!("SET {UNKNOWN_SINCE} = :at"))
            .condition_expression(format!(
                "attribute_not_exists({DELETED_AT}) AND attribute_not_exists({UNKNOWN_SINCE}) AND {SYNCED_AT} = :synced"
            ))
            .expression_attribute_values(":at", millis(at))
            .expression_attribute_values(":synced", millis(state.synced_at));
        update_if(request).await
    }

    /// Removes the note, because Clerk knows the user.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn mark_known(&self, id: &ClerkUserId) -> Result<(), Error> {
        let request = self.update_row(&Key::user(id), format!("REMOVE {UNKNOWN_SINCE}"));
        update_if(request.condition_expression(format!("attribute_exists({UNKNOWN_SINCE})"))).await
    }
}
