//! The life of a deletion, from the request to the last row.
//!
//! **Hidden.** One transaction puts a tombstone in the place of the owner (a user or a thread) and erases up to 99 of its
//! rows. From then on no reader finds any of it, and every write that checks its owner fails. The tombstone has
//! `deleted_at`, `erased` (rows counted so far), `purge_pending` (the key of the index of deletions that are not closed)
//! and `woken_at`. The record of `woken_at` in the table's stream starts the purge. A repeated request writes `woken_at`
//! again if no wake-up waits, and nothing else.
//!
//! **Under way.** A pass of the purge reads a page of rows, counts it on the tombstone, and then erases it. The count
//! writes `erased` and `counted_to` (the last sort key that is counted), takes the lease (`leased_by`, `leased_until`)
//! and removes `woken_at`. A pass that dies after the count leaves rows that are counted already; the next pass erases
//! them and does not count them again. A pass that has used up its turn gives the lease back and, if the deletion was
//! woken by the stream, writes `woken_at` for the next one.
//!
//! **Settling.** A write that checked its owner just before the tombstone was put may become visible just after it. So a
//! query that finds nothing closes the deletion only if it began a minute after `deleted_at`. A pass that finds
//! nothing earlier leaves the deletion to the schedule, which reads the index every five minutes.
//!
//! **Closed.** The last pass writes `purged_at` and `expires_at`, and removes what the purge needed. The
//! tombstone is now the receipt. A user's tombstone lives for 90 more days, because Svix repeats a webhook for days and
//! an operator may replay one weeks later, and a late `user.updated` must not bring the user back. Older events are
//! refused by their age. A thread's tombstone lives for a day: its id is never used again, so it only answers a caller
//! who repeats the deletion. DynamoDB's time to live then removes the row.
//!
//! | from | to | by |
//! | --- | --- | --- |
//! | live, or no row | hidden | [`Store::delete_user`], [`Store::delete_thread`] |
//! | hidden, under way | under way | [`Store::purge`], once for each page |
//! | under way | settling | [`Store::purge`], if nothing is left within the first minute |
//! | under way, settling | closed | [`Store::purge`], if nothing is left after it |
//! | closed | gone | DynamoDB, at `expires_at` |

pub(crate) mod lease;
pub(crate) mod pending;
pub(crate) mod purge;
pub(crate) mod receipt;
pub(crate) mod rounds;

use std::time::Duration;

use aws_sdk_dynamodb::types::{Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use tokio::try_join;
use usher_clerk::{ClerkUserId, Timestamp};

use crate::{
    deletion::pending::pending_key,
    error::Error,
    id::ThreadId,
    table::{
        Store,
        item::{Item, millis, number, text},
        row::{Key, Owner},
        shard::Shard,
        transaction::{MAX_ACTIONS, Outcome},
    },
    users::liveness::{ALIVE, STATE, TOMBSTONE_LIFETIME, admitted},
};

/// How long the tombstone of a thread outlives the purge: a day. Nothing can bring a thread back, because ids are never
/// reused. The tombstone only answers a caller who repeats the deletion.
const THREAD_TOMBSTONE_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns how long the tombstone of an owner outlives the purge.
pub(crate) const fn tombstone_lifetime(owner: &Owner) -> Duration {
    match owner {
        Owner::User(_) => TOMBSTONE_LIFETIME,
        Owner::Thread(..) => THREAD_TOMBSTONE_LIFETIME,
    }
}

/// How many rows are erased in the transaction that puts the tombstone.
const ROWS: usize = MAX_ACTIONS - 1;

impl Store {
    /// Deletes a user, whether or not a row of it was ever there: one query, then one transaction that puts the
    /// tombstone in the user's place and erases up to 99 rows of what belongs to it. From then on no reader finds any
    /// of it, and nothing can be added. A repeat changes nothing; while rows are still to be erased it wakes the purge.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses; then nothing was done.
    pub async fn delete_user(&self, id: &ClerkUserId) -> Result<(), Error> {
        let owner = Owner::User(id.clone());
        let rows = self.rows_of(&owner, ROWS).await?;
        self.hide(&owner, "attribute_not_exists(deleted_at)", rows).await.map(drop)
    }

    /// Deletes a thread with its messages, as [`Store::delete_user`] does an account; a repeat succeeds too, for who
    /// repeats may have missed the answer. The user needs no fence: where the account goes at the same time, the thread's
    /// row is erased with it, and then there is nothing to delete.
    ///
    /// # Errors
    /// There is no such thread; the user is not synced, deleted or banned; or DynamoDB is unavailable or refuses.
    pub async fn delete_thread(&self, user: &ClerkUserId, id: ThreadId) -> Result<(), Error> {
        let owner = Owner::Thread(user.clone(), id);
        let user_key = Key::user(user);
        let (user, rows) = try_join!(self.get(&user_key, Some(STATE)), self.rows_of(&owner, ROWS))?;
        admitted(user)?;
        if self.hide(&owner, ALIVE, rows).await? { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Puts the tombstone and erases rows, in one transaction; where a tombstone is already, wakes the purge if that is
    /// not closed. `false` where there is nothing to delete.
    async fn hide(&self, owner: &Owner, condition: &str, rows: Vec<Item>) -> Result<bool, Error> {
        let tombstone = Put::builder()
            .table_name(&self.table)
            .set_item(Some(tombstone(owner, rows.len())))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        let mut actions = vec![TransactWriteItem::builder().put(tombstone).build()];
        for row in rows {
            let delete = Delete::builder().table_name(&self.table).set_key(Some(row)).build()?;
            actions.push(TransactWriteItem::builder().delete(delete).build());
        }
        let Outcome::Refused(mut refusal) = self.transact(actions).await? else {
            return Ok(true);
        };
        let Some(tombstone) = refusal.failed(0).flatten() else {
            return Ok(false);
        };
        if tombstone.contains_key("purge_pending") {
            self.wake_purge(owner).await?;
        }
        Ok(true)
    }

    /// The keys of a page of rows that belong to an owner: at most `limit`, and as many as 1 MB holds.
    pub(crate) async fn rows_of(&self, owner: &Owner, limit: usize) -> Result<Vec<Item>, Error> {
        let children = owner.children();
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(children.condition)
            .expression_attribute_values(":pk", text(owner.key().pk))
            .expression_attribute_values(":sk", text(children.value))
            .projection_expression("pk, sk")
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await?;
        Ok(answer.items.unwrap_or_default())
    }
}

fn tombstone(owner: &Owner, erased: usize) -> Item {
    let mut item = owner.key().item();
    let now = Timestamp::now();
    item.extend([
        ("deleted_at".into(), millis(now)),
        ("woken_at".into(), millis(now)),
        ("purge_pending".into(), text(pending_key(Shard::of(owner.user())))),
        ("erased".into(), number(erased)),
    ]);
    item
}
