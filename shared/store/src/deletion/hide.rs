//! Hiding an owner: the first step of a deletion.

use aws_sdk_dynamodb::types::{
    ReturnValuesOnConditionCheckFailure,
    builders::{DeleteBuilder, PutBuilder},
};
use usher_contract::{ClerkUserId, ThreadId, Timestamp};

use crate::{
    deletion::pending::pending_key,
    error::Error,
    table::{
        Store,
        attribute::{DELETED_AT, ERASED, PK, PURGE_PENDING, SK, WOKEN_AT},
        item::{Item, millis, number, text},
        row::Owner,
        shard::Shard,
        transaction::MAX_ACTIONS,
    },
    users::liveness::is_present,
};

/// The maximum number of rows that are erased in the transaction that puts the tombstone.
const ROWS: usize = MAX_ACTIONS - 1;

impl Store {
    /// Deletes a user, even if no row of the user ever existed. Takes one query, then one transaction that puts the
    /// tombstone in the user's place and erases up to 99 of the user's rows. From then on no reader finds any of them,
    /// and nothing can be added. A repeat changes nothing. If rows are still to be erased, a repeat wakes the purge.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses. Then nothing was changed.
    pub async fn delete_user(&self, id: &ClerkUserId) -> Result<(), Error> {
        let owner = Owner::User(id.clone());
        let rows = self.rows_of(&owner, ROWS).await?;
        self.hide(&owner, format!("attribute_not_exists({DELETED_AT})"), rows).await.map(drop)
    }

    /// Deletes a thread with its messages, in the same way as [`Store::delete_user`]. A repeat succeeds as well,
    /// because the caller may have lost the first response. No user check is needed in the transaction: if the account
    /// is deleted concurrently, the thread row is erased with it.
    ///
    /// # Errors
    /// There is no such thread. The user is not synced, deleted or banned. Or DynamoDB is unavailable or refuses.
    pub async fn delete_thread(&self, user: &ClerkUserId, id: ThreadId) -> Result<(), Error> {
        let owner = Owner::Thread(user.clone(), id);
        let rows = self.read_for(user, self.rows_of(&owner, ROWS)).await?;
        if self.hide(&owner, is_present(), rows).await? { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Puts the tombstone and erases rows in one transaction. If there is a tombstone already, wakes the purge of a
    /// deletion that is not closed. Returns `false` if there is nothing to delete.
    async fn hide(&self, owner: &Owner, condition: String, rows: Vec<Item>) -> Result<bool, Error> {
        let mut transaction = self.transaction();
        let put = transaction.put(
            PutBuilder::default()
                .set_item(Some(tombstone(owner, rows.len())))
                .condition_expression(condition)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld),
        )?;
        for row in rows {
            transaction.delete(DeleteBuilder::default().set_key(Some(row)))?;
        }
        let Err(mut cancellation) = transaction.commit().await? else {
            return Ok(true);
        };
        let failed = cancellation.failed(put).ok_or_else(|| cancellation.unexplained())?;
        let Some(tombstone) = failed.row else {
            return Ok(false);
        };
        if tombstone.contains_key(PURGE_PENDING) {
            self.wake_purge(owner).await?;
        }
        Ok(true)
    }

    /// Returns the keys of a page of rows that belong to an owner: at most `limit`, and at most 1 MB of rows.
    pub(crate) async fn rows_of(&self, owner: &Owner, limit: usize) -> Result<Vec<Item>, Error> {
        let answer = self
            .query_rows(&owner.key().pk, &owner.children())
            .projection_expression([PK, SK].join(", "))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await?;
        Ok(answer.items.unwrap_or_default())
    }
}

fn tombstone(owner: &Owner, erased: usize) -> Item {
    let now = Timestamp::now();
    let mut row = owner.key().item();
    row.extend([
        (DELETED_AT.into(), millis(now)),
        (WOKEN_AT.into(), millis(now)),
        (PURGE_PENDING.into(), text(pending_key(Shard::of(owner.user())))),
        (ERASED.into(), number(erased)),
    ]);
    row
}
