//! Users: kept in step with Clerk, read by themselves and by others.

pub(crate) mod checkpoint;
pub(crate) mod liveness;
pub(crate) mod reconcile;
pub(crate) mod unknown;
pub(crate) mod version;

use std::fmt;

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use tokio::try_join;
use usher_clerk::{ClerkUserId, Timestamp};

use crate::{
    error::Error,
    table::{
        Store,
        item::{Item, get_text, millis, take_text, text},
        retry::while_contended,
        row::Key,
        shard::Shard,
    },
    users::{
        liveness::{BANNED, STATE, TOMBSTONE_LIFETIME, admitted, alive},
        version::{Source, UserVersion},
    },
};

/// The largest user object that is kept, in bytes: an item may have 400 KB (409,600 bytes), names and the other
/// attributes included. Clerk's payloads reach about 350 KB.
pub const MAX_USER_BYTES: usize = 400_000;

/// A user as it is kept.
#[derive(Debug, Clone)]
pub struct UserRow {
    clerk_user: String,
}

impl UserRow {
    /// The object as Clerk sent it.
    ///
    /// # Errors
    /// The row was not written by this store.
    pub fn clerk_user(&self) -> Result<usher_clerk::User<'_>, Error> {
        usher_clerk::User::parse(&self.clerk_user).map_err(|_| Error::Unreadable("clerk_user"))
    }

    fn take_from(mut item: Item) -> Result<Self, Error> {
        Ok(Self { clerk_user: take_text(&mut item, "clerk_user")? })
    }
}

/// What is known here of an account.
#[derive(Debug)]
pub enum Account {
    /// Nothing: its webhook has not arrived.
    Unknown,
    /// The user.
    User(UserRow),
    /// A tombstone. Whoever writes one knows that Clerk has deleted the user.
    Deleted,
}

/// What became of a version of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncOutcome {
    /// It is the first one.
    Created,
    /// It replaced an older one.
    Updated,
    /// It changed nothing.
    Stale(StaleReason),
}

impl SyncOutcome {
    /// `created`, `updated` or `stale`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Stale(_) => "stale",
        }
    }
}

/// Why a version changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaleReason {
    /// It is there already, perhaps brought by another message.
    Duplicate,
    /// A newer one is there.
    Older,
    /// The user was deleted.
    Deleted,
    /// No row is there, and the event is older than a tombstone lives: it may be one of a user deleted since.
    TooOld,
}

/// The attribute that puts a user, and no tombstone, into the index `row_kind-index`.
pub(crate) const LISTED: &str = "row_kind";

/// Returns the index key of the users of a shard.
pub(crate) fn listed_as(shard: Shard) -> String {
    shard.index_key("user")
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
    /// Keeps a version of a user, if it is newer than what there is: one conditional write, so that deliveries may come
    /// late, twice and in any order, and race what is fetched. A tombstone is never overwritten.
    ///
    /// # Errors
    /// The object is too large; or DynamoDB is unavailable or refuses.
    pub async fn sync_user(&self, user: &usher_clerk::User<'_>, source: Source<'_>) -> Result<SyncOutcome, Error> {
        if user.text().len() > MAX_USER_BYTES {
            return Err(Error::UserTooLarge);
        }
        let now = Timestamp::now();
        let version = UserVersion::new(user, source, now);
        let (newer, values) = version.newer_than_row();
        // A fetched user is current, so no expired tombstone can be missing for it.
        let is_old = version.event_at().is_some_and(|event_at| event_at < now.saturating_sub(TOMBSTONE_LIFETIME));
        let condition = if is_old {
            format!("attribute_exists(pk) AND {newer}")
        } else {
            format!("attribute_not_exists(pk) OR ({newer})")
        };
        let mut item = Key::user(user.id()).item();
        item.extend(version.attributes());
        item.extend([
            ("clerk_user".into(), text(user.text())),
            ("synced_at".into(), millis(now)),
            (LISTED.into(), text(listed_as(Shard::of(user.id())))),
        ]);
        if user.is_banned() {
            item.insert(BANNED.into(), AttributeValue::Bool(true));
        }
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match while_contended(|| request.clone().send()).await {
            Ok(answer) => match answer.attributes().filter(|old| !old.is_empty()) {
                None => Ok(SyncOutcome::Created),
                Some(old) if is_told_again(old, user, &version)? => Ok(SyncOutcome::Stale(StaleReason::Duplicate)),
                Some(_) => Ok(SyncOutcome::Updated),
            },
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(SyncOutcome::Stale(stale_reason(failed.item(), &version)?))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// The user who is calling.
    ///
    /// # Errors
    /// The user is not synced, deleted or banned; or DynamoDB is unavailable or refuses.
    pub async fn get_current_user(&self, caller: &ClerkUserId) -> Result<UserRow, Error> {
        UserRow::take_from(admitted(self.get(&Key::user(caller), None).await?)?)
    }

    /// What is known here of the caller's account, deleted or not.
    ///
    /// # Errors
    /// The user is banned; or DynamoDB is unavailable or refuses.
    pub async fn get_account(&self, caller: &ClerkUserId) -> Result<Account, Error> {
        match self.get(&Key::user(caller), None).await? {
            None => Ok(Account::Unknown),
            Some(row) if row.contains_key("deleted_at") => Ok(Account::Deleted),
            row => UserRow::take_from(admitted(row)?).map(Account::User),
        }
    }

    /// Any user, for a caller whose own row is read beside it. A ban concerns what the banned user may do, not what others
    /// see of the user.
    ///
    /// # Errors
    /// The caller is not synced, deleted or banned; there is no such user; or DynamoDB is unavailable or refuses.
    pub async fn get_user(&self, caller: &ClerkUserId, id: &ClerkUserId) -> Result<UserRow, Error> {
        let (caller_key, key) = (Key::user(caller), Key::user(id));
        let (caller, user) = try_join!(self.get(&caller_key, Some(STATE)), self.get(&key, None))?;
        admitted(caller)?;
        UserRow::take_from(alive(user).map_err(|_| Error::NotFound)?)
    }
}

/// Whether the replaced row holds the same event, brought by another message. Then only the message id is new.
fn is_told_again(row: &Item, user: &usher_clerk::User<'_>, version: &UserVersion) -> Result<bool, Error> {
    let is_same_content = get_text(row, "clerk_user") == Some(user.text());
    Ok(is_same_content && version.has_times_of(&UserVersion::of_row(row)?))
}

fn stale_reason(row: Option<&Item>, version: &UserVersion) -> Result<StaleReason, Error> {
    let Some(row) = row.filter(|row| !row.is_empty()) else {
        return Ok(StaleReason::TooOld);
    };
    if row.contains_key("deleted_at") {
        return Ok(StaleReason::Deleted);
    }
    Ok(if UserVersion::of_row(row)? == *version { StaleReason::Duplicate } else { StaleReason::Older })
}
