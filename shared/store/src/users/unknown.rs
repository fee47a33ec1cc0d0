//! Users whom Clerk does not know, and since when. A comparison notes it on the user's row, because a list that lacks a
//! user once proves little. Whatever brings the user in again writes a row without the note.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use usher_clerk::{ClerkUserId, Timestamp};

use crate::{
    error::Error,
    table::{
        Store,
        item::{get_millis, millis},
        retry::update_if,
        row::Key,
    },
};

/// The attribute of a user whom Clerk did not know when it was last asked.
pub(crate) const UNKNOWN_SINCE: &str = "unknown_since";

/// What a comparison needs to know of a user who is kept here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncState {
    /// When the user was last brought here.
    pub synced_at: Timestamp,
    /// Since when Clerk does not know the user; `None` if it does, as far as is noted.
    pub unknown_since: Option<Timestamp>,
}

impl Store {
    /// Reads what is noted of a user; `None` if none is kept, or a tombstone.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn get_sync_state(&self, id: &ClerkUserId) -> Result<Option<SyncState>, Error> {
        let row = self.get(&Key::user(id), Some("pk, deleted_at, synced_at, unknown_since")).await?;
        let Some(row) = row.filter(|row| !row.contains_key("deleted_at")) else {
            return Ok(None);
        };
        let unknown_since = row.contains_key(UNKNOWN_SINCE).then(|| get_millis(&row, UNKNOWN_SINCE)).transpose()?;
        Ok(Some(SyncState { synced_at: get_millis(&row, "synced_at")?, unknown_since }))
    }

    /// Notes that Clerk does not know a user since `at`, unless an earlier time is noted or the user was synced or deleted
    /// since `kept` was read.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn mark_unknown(&self, id: &ClerkUserId, kept: &SyncState, at: Timestamp) -> Result<(), Error> {
        let condition =
            "attribute_not_exists(deleted_at) AND attribute_not_exists(unknown_since) AND synced_at = :synced";
        let request = self.update_user(id, "SET unknown_since = :at", condition);
        let request = request.expression_attribute_values(":at", millis(at));
        update_if(request.expression_attribute_values(":synced", millis(kept.synced_at))).await
    }

    /// Takes the note away: Clerk knows the user.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn mark_known(&self, id: &ClerkUserId) -> Result<(), Error> {
        update_if(self.update_user(id, "REMOVE unknown_since", "attribute_exists(unknown_since)")).await
    }

    fn update_user(&self, id: &ClerkUserId, expression: &str, condition: &str) -> UpdateItemFluentBuilder {
        let request = self.client.update_item().table_name(&self.table).set_key(Some(Key::user(id).item()));
        request.update_expression(expression).condition_expression(condition)
    }
}
