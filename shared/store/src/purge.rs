//! The purge: erases what a deletion has hidden, down to the last row, and leaves the receipt.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{
    error::ProvideErrorMetadata,
    operation::update_item::UpdateItemError,
    types::{DeleteRequest, WriteRequest},
};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    deletion::{PENDING, TOMBSTONE_DAYS},
    error::{Error, Fault},
    item::{Item, get_number, number, text},
    retry::{Backoff, while_contended},
    row::Owner,
    table::{Store, now},
};

/// DynamoDB's limit of a BatchWriteItem.
const BATCH: usize = 25;
/// Batches under way at once: enough to reach the 1,000 write units a second of one partition.
const CONCURRENCY: usize = 8;
/// Keys held in memory at once.
const PAGE: usize = BATCH * CONCURRENCY * 2;

/// Deletions listed at once: few enough to be left in time by a run that has reached its deadline.
const PENDING_PAGE: i32 = 100;

/// How far a pass of the purge came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purged {
    /// Nothing is left, and the tombstone says so.
    Closed,
    /// Nothing is left now, but a child written just before the deletion may still land: a later pass closes.
    Settling,
    /// The deadline came first. The tombstone was touched, so that its stream record wakes the next pass.
    Unfinished,
    /// There is no deletion under way.
    NotPending,
}

impl Store {
    /// Erases what belongs to a deleted owner. It may die at any point: another pass goes on where it ended. Memory
    /// does not grow with the number of rows. A deletion is closed only by a query that began `settle` after the
    /// deletion and found nothing.
    ///
    /// The receipt counts the rows that passes have erased: `erased` is exact as long as no pass fails or is killed and
    /// none overlap, and never more than there were.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses; what was erased by then stays erased.
    pub async fn purge(&self, owner: &Owner, settle: Duration, deadline: Instant) -> Result<Purged, Error> {
        let Some(pending) = self.pending(owner).await? else {
            return Ok(Purged::NotPending);
        };
        let settled_at = pending.since.saturating_add(i64::try_from(settle.as_millis()).unwrap_or(i64::MAX));
        let mut erased = 0;
        let end = self.erase_rows(owner, deadline, settled_at, &mut erased).await;
        match end {
            Ok(Purged::Closed) => self.close(owner, pending.erased + erased).await?,
            Ok(Purged::Settling) if erased == 0 => {}
            _ => self.report(owner, pending.erased + erased).await?,
        }
        end
    }

    async fn erase_rows(
        &self,
        owner: &Owner,
        deadline: Instant,
        settled_at: i64,
        erased: &mut i64,
    ) -> Result<Purged, Error> {
        while Instant::now() < deadline {
            let started = now();
            let rows = self.rows_of(owner, PAGE).await?;
            if rows.is_empty() {
                return Ok(if started >= settled_at { Purged::Closed } else { Purged::Settling });
            }
            let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
            stream::iter(batches(rows))
                .map(|batch| self.erase(batch))
                .buffer_unordered(CONCURRENCY)
                .try_collect::<()>()
                .await?;
            *erased += count;
        }
        Ok(Purged::Unfinished)
    }

    /// Deletions that are not closed, oldest first: a page, and what to ask for the next with.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn pending_deletions(&self, from: Option<PendingCursor>) -> Result<PendingPage, Error> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("purge_pending-index")
            .key_condition_expression("purge_pending = :pending")
            .expression_attribute_values(":pending", text(PENDING))
            .limit(PENDING_PAGE)
            .set_exclusive_start_key(from.map(|cursor| cursor.0))
            .send()
            .await?;
        let owner = |item: &Item| Owner::of_key(item.get("pk")?.as_s().ok()?, item.get("sk")?.as_s().ok()?);
        Ok(PendingPage {
            owners: answer.items().iter().filter_map(owner).collect(),
            next: answer.last_evaluated_key.map(PendingCursor),
        })
    }

    /// The deletion of the owner, if it is not closed. Nothing is erased on the word of a stream record.
    async fn pending(&self, owner: &Owner) -> Result<Option<Pending>, Error> {
        match self.get(&owner.key(), Some("deleted_at, purge_pending, erased")).await? {
            Some(row) if row.contains_key("purge_pending") => {
                Ok(Some(Pending { since: get_number(&row, "deleted_at")?, erased: get_number(&row, "erased")? }))
            }
            _ => Ok(None),
        }
    }

    async fn erase(&self, mut batch: Vec<WriteRequest>) -> Result<(), Error> {
        let mut backoff = Backoff::default();
        loop {
            let request = self.client.batch_write_item().request_items(&self.table, batch.clone());
            match request.send().await {
                Ok(answer) => {
                    batch = answer.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
                    if batch.is_empty() {
                        return Ok(());
                    }
                }
                Err(error) if error.code() == Some("TransactionConflictException") => {}
                Err(error) => return Err(error.into()),
            }
            if !backoff.wait().await {
                return Err(Error::Unavailable(Fault {
                    code: "UnprocessedItems".into(),
                    message: "DynamoDB kept leaving deletes undone".into(),
                }));
            }
        }
    }

    /// Writes the receipt: from now the tombstone waits for its end.
    async fn close(&self, owner: &Owner, erased: i64) -> Result<(), Error> {
        let now = now();
        let expires_at = now / 1000 + TOMBSTONE_DAYS * 24 * 60 * 60;
        self.update_pending(
            owner,
            "SET purged_at = :now, expires_at = :expires, erased = :erased REMOVE purge_pending, woken_at",
            [(":now", number(now)), (":expires", number(expires_at)), (":erased", number(erased))],
        )
        .await
    }

    /// Raises the count, and so touches the tombstone, whose stream record wakes the next pass. The count is set, not added
    /// to: where an answer is lost, the SDK writes it twice.
    async fn report(&self, owner: &Owner, erased: i64) -> Result<(), Error> {
        let values = [(":now", number(now())), (":erased", number(erased))];
        self.update_pending(owner, "SET woken_at = :now, erased = :erased", values).await
    }

    /// Touches the tombstone of a deletion that is not closed: its record in the table's stream wakes the purge.
    pub(crate) async fn wake_purge(&self, owner: &Owner) -> Result<(), Error> {
        self.update_pending(owner, "SET woken_at = :now", [(":now", number(now()))]).await
    }

    /// Changes the tombstone of a deletion that is not closed; of one that is, nothing.
    async fn update_pending<const N: usize>(
        &self,
        owner: &Owner,
        expression: &str,
        values: [(&str, aws_sdk_dynamodb::types::AttributeValue); N],
    ) -> Result<(), Error> {
        let values: HashMap<_, _> = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(owner.key().item()))
            .update_expression(expression)
            .condition_expression("attribute_exists(purge_pending)")
            .set_expression_attribute_values(Some(values));
        match while_contended(|| request.clone().send()).await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(error.into()),
            },
        }
    }
}

/// A deletion that is not closed.
struct Pending {
    since: i64,
    /// Rows erased so far.
    erased: i64,
}

/// A page of deletions that are not closed.
#[derive(Debug)]
pub struct PendingPage {
    /// What was deleted.
    pub owners: Vec<Owner>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<PendingCursor>,
}

/// Where a page of deletions begins.
#[derive(Debug)]
pub struct PendingCursor(Item);

fn batches(rows: Vec<Item>) -> Vec<Vec<WriteRequest>> {
    let deletes = rows.into_iter().filter_map(|key| {
        let delete = DeleteRequest::builder().set_key(Some(key)).build().ok()?;
        Some(WriteRequest::builder().delete_request(delete).build())
    });
    let deletes: Vec<_> = deletes.collect();
    deletes.chunks(BATCH).map(<[_]>::to_vec).collect()
}
