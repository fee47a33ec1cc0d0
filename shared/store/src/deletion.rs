//! Deletion: hidden from every reader in one transaction, together with what belongs to it.

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};

use crate::{
    error::Error,
    id::ClerkUserId,
    item::{Item, number, text},
    retry::while_contended,
    row::{Key, RowKind},
    table::{Store, now},
    transaction::{MAX_ACTIONS, Outcome},
};

/// How long a tombstone outlives the purge, in days: for that long a late event cannot bring the user back.
pub(crate) const TOMBSTONE_DAYS: i64 = 90;

/// What `purge_pending` holds: one value, so that one query of the index lists every unfinished deletion.
pub(crate) const PENDING: &str = "pending";

impl Store {
    /// Deletes a user, whether or not a row of it was ever there: one query, then one transaction that puts the
    /// tombstone in the user's place and erases up to 99 rows of what belongs to it. From then on no reader finds any
    /// of it, and nothing can be added. A repeat changes nothing; while rows are still to be erased it wakes the purge.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses; then nothing was done.
    pub async fn delete_user(&self, id: &ClerkUserId) -> Result<(), Error> {
        let user = Key::user(id);
        let rows = self.rows_of_user(&user, MAX_ACTIONS - 1).await?;
        let tombstone = Put::builder()
            .table_name(&self.table)
            .set_item(Some(tombstone(&user, rows.len())))
            .condition_expression("attribute_not_exists(deleted_at)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        let mut actions = vec![TransactWriteItem::builder().put(tombstone).build()];
        for row in rows {
            let delete = Delete::builder().table_name(&self.table).set_key(Some(row)).build()?;
            actions.push(TransactWriteItem::builder().delete(delete).build());
        }
        match self.transact(actions).await? {
            Outcome::Committed => Ok(()),
            Outcome::Refused(mut refusal) => match refusal.failed(0).flatten() {
                Some(tombstone) if tombstone.contains_key("purge_pending") => self.wake_purge(&user).await,
                _ => Ok(()),
            },
        }
    }

    /// The keys of a page of rows that belong to a user: everything that sorts before the user's own row.
    pub(crate) async fn rows_of_user(&self, user: &Key, limit: usize) -> Result<Vec<Item>, Error> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk < :user")
            .expression_attribute_values(":pk", text(&user.pk))
            .expression_attribute_values(":user", text(RowKind::User.sort_key_prefix()))
            .projection_expression("pk, sk")
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await?;
        Ok(answer.items.unwrap_or_default())
    }

    /// Touches a tombstone: its record in the table's stream starts the purge again.
    async fn wake_purge(&self, tombstone: &Key) -> Result<(), Error> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(tombstone.item()))
            .update_expression("SET woken_at = :now")
            .condition_expression("attribute_exists(purge_pending)")
            .expression_attribute_values(":now", number(now()));
        match while_contended(async || request.clone().send().await).await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(error.into()),
            },
        }
    }
}

fn tombstone(key: &Key, erased: usize) -> Item {
    let mut item = key.item();
    item.extend([
        ("deleted_at".into(), number(now())),
        ("purge_pending".into(), text(PENDING)),
        ("erased".into(), number(erased)),
    ]);
    item
}
