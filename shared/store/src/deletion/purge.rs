//! The purge: erases what a deletion has hidden, down to the last row, and leaves the receipt.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};
use usher_clerk::Timestamp;

use crate::{
    deletion::{lease::Lease, receipt::Receipt},
    error::{Error, ErrorDetail},
    table::{
        Store,
        item::Item,
        retry::{Backoff, is_contended},
        row::Owner,
    },
};

/// DynamoDB's limit of a BatchWriteItem.
const BATCH: usize = 25;
/// Batches under way at once: enough to reach the 1,000 write units a second of one partition.
const CONCURRENCY: usize = 8;
/// Keys held in memory at once.
const PAGE: usize = BATCH * CONCURRENCY * 2;

/// What one pass of the purge may take: the turn of a deletion among others.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// The most pages that it erases. A page is at most 400 rows and 1 MB, which is what a partition takes in a second.
    pub pages: usize,
    /// After this it begins no further page.
    pub deadline: Instant,
    /// How long after the deletion its last query must have begun, to close it.
    pub settle: Duration,
    /// How long other passes leave the deletion alone after the last page that this one began. If it dies, they wait for
    /// as long.
    pub lease: Duration,
    /// Whether it wakes the next pass when its pages are used up. When its time is, it always does.
    pub wakes: bool,
}

/// How far a pass of the purge came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassOutcome {
    /// Nothing is left, and the tombstone says so.
    Closed,
    /// Nothing is left now, but a child written just before the deletion may still land: a later pass closes.
    Settling,
    /// Its turn was over. If it is to wake the next pass, it has touched the tombstone, whose stream record does.
    Unfinished,
    /// Another pass works on the deletion, so this one has done nothing more.
    Leased,
    /// There is no deletion under way.
    NotPending,
}

/// One pass of the purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// How far it came.
    pub outcome: PassOutcome,
    /// Rows of the deletion that are counted by now, all passes together.
    pub erased: u64,
}

impl Store {
    /// Erases what belongs to a deleted owner, as far as its turn allows. It may die at any point: another pass goes on
    /// where it ended. Memory does not grow with the number of rows. A deletion is closed only by a query that began
    /// `settle` after the deletion and found nothing.
    ///
    /// The receipt counts each row once, wherever passes were killed or overlapped; only a row that lands while a pass is
    /// under way, below where it is, may be missing.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses; what was erased by then stays erased.
    pub async fn purge(&self, owner: &Owner, turn: &Turn) -> Result<Pass, Error> {
        let lease = Lease::new(turn.lease);
        let pass = self.pass(owner, turn, &lease).await;
        if pass.is_err() {
            // Whoever repeats it should not have to wait for the lease to expire. If this fails too, they do.
            let _ = self.release(owner, &lease, false).await;
        }
        pass
    }

    async fn pass(&self, owner: &Owner, turn: &Turn, lease: &Lease) -> Result<Pass, Error> {
        // The receipt is read before the rows: what another pass counts in between makes the count of this one fail.
        let Some(mut receipt) = self.receipt(owner).await? else {
            return Ok(Pass { outcome: PassOutcome::NotPending, erased: 0 });
        };
        let settled_at = receipt.since.saturating_add(turn.settle);
        for _ in 0..turn.pages {
            if receipt.is_leased_to_another(lease) {
                return Ok(Pass { outcome: PassOutcome::Leased, erased: receipt.erased() });
            }
            if Instant::now() >= turn.deadline {
                break;
            }
            let started = Timestamp::now();
            let rows = self.rows_of(owner, PAGE).await?;
            if rows.is_empty() {
                let outcome = self.end(owner, &receipt, lease, started >= settled_at).await?;
                return Ok(Pass { outcome, erased: receipt.erased() });
            }
            let erased = receipt.erased();
            let Some((counted, is_counted)) = self.count(owner, receipt, &rows, lease).await? else {
                return Ok(Pass { outcome: PassOutcome::NotPending, erased });
            };
            receipt = counted;
            if is_counted {
                self.erase_all(rows).await?;
            }
        }
        self.release(owner, lease, turn.wakes || Instant::now() >= turn.deadline).await?;
        Ok(Pass { outcome: PassOutcome::Unfinished, erased: receipt.erased() })
    }

    async fn end(
        &self,
        owner: &Owner,
        receipt: &Receipt,
        lease: &Lease,
        is_settled: bool,
    ) -> Result<PassOutcome, Error> {
        if is_settled {
            self.close(owner).await?;
            return Ok(PassOutcome::Closed);
        }
        self.settle(owner, receipt, lease).await?;
        Ok(PassOutcome::Settling)
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
                return Err(Error::Unavailable(ErrorDetail {
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
