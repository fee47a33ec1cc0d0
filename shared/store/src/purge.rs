//! The purge: erases what a deletion has hidden, down to the last row, and leaves the receipt.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    error::{Error, Fault},
    item::Item,
    receipt::Receipt,
    retry::{Backoff, is_contended},
    row::Owner,
    table::{Store, now},
};

/// DynamoDB's limit of a BatchWriteItem.
const BATCH: usize = 25;
/// Batches under way at once: enough to reach the 1,000 write units a second of one partition.
const CONCURRENCY: usize = 8;
/// Keys held in memory at once.
const PAGE: usize = BATCH * CONCURRENCY * 2;

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

/// One pass of the purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// How far it came.
    pub end: Purged,
    /// Rows of the deletion that are counted by now, all passes together.
    pub erased: u64,
}

impl Store {
    /// Erases what belongs to a deleted owner. It may die at any point: another pass goes on where it ended. Memory
    /// does not grow with the number of rows. A deletion is closed only by a query that began `settle` after the
    /// deletion and found nothing.
    ///
    /// The receipt counts each row once, wherever passes were killed or overlapped; only a row that lands while a pass is
    /// under way, below where it is, may be missing.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses; what was erased by then stays erased.
    pub async fn purge(&self, owner: &Owner, settle: Duration, deadline: Instant) -> Result<Pass, Error> {
        let Some(mut receipt) = self.receipt(owner).await? else {
            return Ok(Pass { end: Purged::NotPending, erased: 0 });
        };
        let settled_at = receipt.since.saturating_add(i64::try_from(settle.as_millis()).unwrap_or(i64::MAX));
        while Instant::now() < deadline {
            let started = now();
            let rows = self.rows_of(owner, PAGE).await?;
            if rows.is_empty() {
                let end = self.end(owner, &receipt, started >= settled_at).await?;
                return Ok(Pass { end, erased: receipt.erased() });
            }
            let erased = receipt.erased();
            let Some((counted, is_counted)) = self.count(owner, receipt, &rows).await? else {
                return Ok(Pass { end: Purged::NotPending, erased });
            };
            receipt = counted;
            if is_counted {
                self.erase_all(rows).await?;
            }
        }
        self.wake_purge(owner).await?;
        Ok(Pass { end: Purged::Unfinished, erased: receipt.erased() })
    }

    async fn end(&self, owner: &Owner, receipt: &Receipt, is_settled: bool) -> Result<Purged, Error> {
        if is_settled {
            self.close(owner).await?;
            return Ok(Purged::Closed);
        }
        self.settle(owner, receipt).await?;
        Ok(Purged::Settling)
    }

    async fn erase_all(&self, rows: Vec<Item>) -> Result<(), Error> {
        stream::iter(batches(rows)).map(|batch| self.erase(batch)).buffer_unordered(CONCURRENCY).try_collect().await
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
                Err(error) if is_contended(&error) => {}
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
}

fn batches(rows: Vec<Item>) -> Vec<Vec<WriteRequest>> {
    let deletes = rows.into_iter().filter_map(|key| {
        let delete = DeleteRequest::builder().set_key(Some(key)).build().ok()?;
        Some(WriteRequest::builder().delete_request(delete).build())
    });
    let deletes: Vec<_> = deletes.collect();
    deletes.chunks(BATCH).map(<[_]>::to_vec).collect()
}
