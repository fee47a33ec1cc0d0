//! Users: kept in step with Clerk, read by themselves and by others.

use std::fmt;

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use tokio::try_join;

use crate::{
    deletion::TOMBSTONE_DAYS,
    error::Error,
    id::ClerkUserId,
    item::{Item, get_number, number, take_text, text},
    retry::while_contended,
    row::Key,
    table::{Store, now},
};

/// The largest user object that is kept, in bytes: an item may have 400 KB (409,600 bytes), names and the other
/// attributes included. Clerk's payloads reach about 350 KB.
pub const MAX_USER_BYTES: usize = 400_000;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What decides which of two versions of a user is newer, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UserVersion {
    updated_at: i64,
    event_at: i64,
}

/// Where a version of a user comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A webhook.
    Webhook {
        /// When the event arose, in milliseconds, as far as it is known.
        event_at: Option<i64>,
        /// The id of the message.
        svix_id: &'a str,
    },
    /// Clerk's Backend API, asked just now.
    BackendApi,
}

impl UserVersion {
    /// Clerk promises neither time: one stands in for the other, and the time of arrival for both. What was fetched has no
    /// event: it counts as the first of its `updated_at`, so that a webhook of the same time is newer, whatever the clocks.
    pub(crate) fn new(user: &clerk::User<'_>, source: Source<'_>, now: i64) -> Self {
        let updated_at = user.updated_at();
        let event_at = match source {
            Source::Webhook { event_at, .. } => event_at.or(updated_at).unwrap_or(now),
            Source::BackendApi => updated_at.unwrap_or(now),
        };
        Self { updated_at: updated_at.unwrap_or(event_at), event_at }
    }

    /// The version of a row that is not a tombstone.
    pub(crate) fn of_row(row: &Item) -> Result<Self, Error> {
        Ok(Self { updated_at: get_number(row, "updated_at")?, event_at: get_number(row, "event_at")? })
    }
}

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
    pub fn clerk_user(&self) -> Result<clerk::User<'_>, Error> {
        clerk::User::parse(&self.clerk_user).map_err(|_| Error::Unreadable("clerk_user"))
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
    /// It is there already.
    Duplicate,
    /// A newer one is there.
    Older,
    /// The user was deleted.
    Deleted,
    /// No row is there, and the event is older than a tombstone lives: it may be one of a user deleted since.
    TooOld,
}

/// The attribute that puts a user, and no tombstone, into the index `row_kind-index`, and its one value.
pub(crate) const LISTED: &str = "row_kind";
pub(crate) const LISTED_AS: &str = "USER";

/// The attribute of a user whom Clerk has banned. Other users do not have it.
pub(crate) const BANNED: &str = "banned";

/// The attributes that decide whether a user is admitted, and whether a thread is there.
pub(crate) const STATE: &str = "pk, deleted_at, banned";

const NEWER: &str = "attribute_not_exists(deleted_at) AND (updated_at < :u OR (updated_at = :u AND event_at < :e))";

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
    pub async fn sync_user(
        &self,
        id: &ClerkUserId,
        user: &clerk::User<'_>,
        source: Source<'_>,
    ) -> Result<SyncOutcome, Error> {
        if user.text().len() > MAX_USER_BYTES {
            return Err(Error::UserTooLarge);
        }
        let now = now();
        let version = UserVersion::new(user, source, now);
        // What was fetched is of now, and no tombstone has gone since.
        let is_old = version.event_at < now - TOMBSTONE_DAYS * DAY_MS && matches!(source, Source::Webhook { .. });
        let condition = if is_old {
            format!("attribute_exists(pk) AND {NEWER}")
        } else {
            format!("attribute_not_exists(pk) OR ({NEWER})")
        };
        let mut item = Key::user(id).item();
        item.extend([
            ("clerk_user".into(), text(user.text())),
            ("updated_at".into(), number(version.updated_at)),
            ("event_at".into(), number(version.event_at)),
            ("synced_at".into(), number(now)),
            (LISTED.into(), text(LISTED_AS)),
        ]);
        if user.is_banned() {
            item.insert(BANNED.into(), AttributeValue::Bool(true));
        }
        if let Source::Webhook { svix_id, .. } = source {
            item.insert("svix_id".into(), text(svix_id));
        }
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .expression_attribute_values(":u", number(version.updated_at))
            .expression_attribute_values(":e", number(version.event_at))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match while_contended(|| request.clone().send()).await {
            Ok(answer) if answer.attributes().is_some_and(|old| !old.is_empty()) => Ok(SyncOutcome::Updated),
            Ok(_) => Ok(SyncOutcome::Created),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(SyncOutcome::Stale(stale_reason(failed.item(), version)?))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// The user who is calling.
    ///
    /// # Errors
    /// The user is not synced, deleted or banned; or DynamoDB is unavailable or refuses.
    pub async fn current_user(&self, caller: &ClerkUserId) -> Result<UserRow, Error> {
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
    pub async fn user(&self, caller: &ClerkUserId, id: &ClerkUserId) -> Result<UserRow, Error> {
        let (caller_key, key) = (Key::user(caller), Key::user(id));
        let (caller, user) = try_join!(self.get(&caller_key, Some(STATE)), self.get(&key, None))?;
        admitted(caller)?;
        UserRow::take_from(alive(user).map_err(|_| Error::NotFound)?)
    }
}

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

fn stale_reason(row: Option<&Item>, version: UserVersion) -> Result<StaleReason, Error> {
    let Some(row) = row.filter(|row| !row.is_empty()) else {
        return Ok(StaleReason::TooOld);
    };
    if row.contains_key("deleted_at") {
        return Ok(StaleReason::Deleted);
    }
    Ok(if UserVersion::of_row(row)? == version { StaleReason::Duplicate } else { StaleReason::Older })
}
