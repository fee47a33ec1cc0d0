//! Storing a version of a user.

use std::fmt;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use usher_contract::{Timestamp, WebhookOutcome};

use crate::{
    error::Error,
    table::{
        Store,
        attribute::{BANNED, CLERK_USER, PK, SYNCED_AT},
        item::{Item, get_text, millis, text},
        row::Key,
        shard::Shard,
        write::{ConditionFailed, write_if},
    },
    users::{
        listing::index_attribute,
        liveness::{TOMBSTONE_LIFETIME, is_tombstone},
        version::{NewVersion, Source, UserVersion},
    },
};

/// The size of the largest user object that is stored, in bytes. An item may have 400 KB (409,600 bytes) with names and
/// other attributes.
pub const MAX_USER_BYTES: usize = 400_000;

/// Returns whether a user object is larger than [`MAX_USER_BYTES`], so that [`Store::sync_user`] refuses it.
pub fn is_user_too_large(user: &usher_clerk::User<'_>) -> bool {
    user.text().len() > MAX_USER_BYTES
}

/// The result of [`Store::sync_user`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncOutcome {
    /// There was no row.
    Created,
    /// The version replaced an older one.
    Updated,
    /// The version changed nothing.
    Stale(StaleReason),
}

/// The reason for a version to change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaleReason {
    /// The version is stored already, perhaps from another message.
    Duplicate,
    /// A newer version is stored.
    Older,
    /// The user is deleted.
    Deleted,
    /// There is no row, and the event is older than the lifetime of a tombstone. The user may have been deleted since.
    TooOld,
}

impl From<SyncOutcome> for WebhookOutcome {
    fn from(outcome: SyncOutcome) -> Self {
        match outcome {
            SyncOutcome::Created => Self::Created,
            SyncOutcome::Updated => Self::Updated,
            SyncOutcome::Stale(_) => Self::Stale,
        }
    }
}

impl fmt::Display for StaleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Duplicate => "duplicate",
            Self::Older => "older",
            Self::Deleted => "deleted",
            Self::TooOld => "too old",
        })
    }
}

impl Store {
    /// Stores a version of a user if it is newer than the row. It is one conditional write, so deliveries may be late,
    /// repeated and in any order, and may race with a fetched user. A tombstone is never overwritten.
    ///
    /// # Errors
    /// The object is larger than [`MAX_USER_BYTES`]. Or DynamoDB is unavailable or refuses.
    pub async fn sync_user(&self, user: &usher_clerk::User<'_>, source: Source<'_>) -> Result<SyncOutcome, Error> {
        if is_user_too_large(user) {
            return Err(Error::UserTooLarge);
        }
        let now = Timestamp::now();
        let new = NewVersion::new(user, source, now);
        new.log_unused_times(user.id());
        let version = new.version;
        let (newer, values) = version.newer_than_row();
        // A fetched user is current, so no expired tombstone can be missing for it.
        let is_old = version.event_at().is_some_and(|event_at| event_at < now.saturating_sub(TOMBSTONE_LIFETIME));
        let condition = if is_old {
            format!("attribute_exists({PK}) AND {newer}")
        } else {
            format!("attribute_not_exists({PK}) OR ({newer})")
        };
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row(user, &version, now)))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match write_if(|| request.clone().send()).await? {
            Ok(answer) => match answer.attributes().filter(|old| !old.is_empty()) {
                None => Ok(SyncOutcome::Created),
                Some(old) if is_same_event(old, user, &version)? => Ok(SyncOutcome::Stale(StaleReason::Duplicate)),
                Some(_) => Ok(SyncOutcome::Updated),
            },
            Err(ConditionFailed { row }) => Ok(SyncOutcome::Stale(stale_reason(row.as_ref(), &version)?)),
        }
    }
}

fn row(user: &usher_clerk::User<'_>, version: &UserVersion, now: Timestamp) -> Item {
    let mut row = Key::user(user.id()).item();
    row.extend(version.attributes());
    row.extend([
        (CLERK_USER.into(), text(user.text())),
        (SYNCED_AT.into(), millis(now)),
        index_attribute(Shard::of(user.id())),
    ]);
    if user.is_banned() {
        row.insert(BANNED.into(), AttributeValue::Bool(true));
    }
    row
}

/// Returns whether the replaced row holds the same event, from another message. Then only the message id is new.
fn is_same_event(row: &Item, user: &usher_clerk::User<'_>, version: &UserVersion) -> Result<bool, Error> {
    let is_same_content = get_text(row, CLERK_USER) == Some(user.text());
    Ok(is_same_content && version.has_times_of(&UserVersion::of_row(row)?))
}

fn stale_reason(row: Option<&Item>, version: &UserVersion) -> Result<StaleReason, Error> {
    let Some(row) = row else {
        return Ok(StaleReason::TooOld);
    };
    if is_tombstone(row) {
        return Ok(StaleReason::Deleted);
    }
    Ok(if UserVersion::of_row(row)? == *version { StaleReason::Duplicate } else { StaleReason::Older })
}
