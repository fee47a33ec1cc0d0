//! Deletion: hidden from every reader in one transaction, together with what belongs to it.

pub(crate) mod lease;
pub(crate) mod pending;
pub(crate) mod purge;
pub(crate) mod receipt;
pub(crate) mod rounds;

use aws_sdk_dynamodb::types::{Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use tokio::try_join;

use crate::{
    children::child::ALIVE,
    deletion::pending::pending_key,
    error::Error,
    id::{ClerkUserId, ThreadId},
    table::{
        Store,
        item::{Item, number, text},
        now,
        row::{Key, Owner},
        shard::Shard,
        transaction::{MAX_ACTIONS, Outcome},
    },
    users::{STATE, admitted},
};

/// Days that the tombstone of a user outlives the purge. For that long a late event cannot bring the user back.
pub(crate) const TOMBSTONE_DAYS: i64 = 90;

/// Days that the tombstone of a thread outlives the purge. Nothing can bring a thread back, since ids are never reused:
/// the tombstone only answers a caller who repeats the deletion.
const THREAD_TOMBSTONE_DAYS: i64 = 1;

/// Returns how many days the tombstone of an owner outlives the purge.
pub(crate) const fn tombstone_days(owner: &Owner) -> i64 {
    match owner {
        Owner::User(_) => TOMBSTONE_DAYS,
        Owner::Thread(..) => THREAD_TOMBSTONE_DAYS,
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
    let now = now();
    item.extend([
        ("deleted_at".into(), number(now)),
        ("woken_at".into(), number(now)),
        ("purge_pending".into(), text(pending_key(Shard::of(owner.user())))),
        ("erased".into(), number(erased)),
    ]);
    item
}
