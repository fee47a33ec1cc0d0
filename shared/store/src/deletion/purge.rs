//! The purge: erases the rows of a hidden owner and leaves the receipt.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};
use usher_contract::Timestamp;

use crate::{
    deletion::{lease::Lease, receipt::Receipt},
    error::Error,
    table::{
        Store,
        item::Item,
        retry::{Backoff, is_contended},
        row::Owner,
    },
};

/// The maximum number of writes in a BatchWriteItem, by DynamoDB's limit.
const BATCH: usize = 25;
/// The number of concurrent batches: enough to reach the 1,000 write units a second of one partition.
const CONCURRENCY: usize = 8;
/// The maximum number of keys in memory.
const PAGE: usize = BATCH * CONCURRENCY * 2;

/// The limits of one pass, so that several deletions share an invocation.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// The maximum number of pages that the pass erases. A page is at most 400 rows and 1 MB, about what a partition
    /// can erase in a second.
    pub pages: usize,
    /// The time after which the pass begins no further page.
    pub deadline: Instant,
    /// The time that must pass after the deletion before a query may begin that closes it.
    pub settle: Duration,
    /// The time that other passes leave the deletion alone after this pass began its last page. If this pass dies, they
    /// wait that long.
    pub lease: Duration,
    /// `true` if the pass wakes the next one when its pages are used up. After the deadline it always does.
    pub wakes: bool,
}

/// The result of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassOutcome {
    /// Nothing is left, and the deletion is closed.
    Closed,
    /// Nothing is left, but a row that was written just before the deletion may still become visible. A later pass
    /// closes the deletion.
    Settling,
    /// The turn was over. If the pass wakes the next one, it has written `woken_at`.
    Unfinished,
    /// Another pass holds the lease, so this pass stopped.
    Leased,
    /// There is no deletion, or it is closed.
    NotPending,
}

/// One pass of the purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// The outcome of the pass.
    pub outcome: PassOutcome,
    /// The number of rows that all passes of the deletion have counted so far.
    pub erased: u64,
}

impl Store {
    /// Erases the rows of a deleted owner, within the limits of a turn. It may die at any point, and the next pass
    /// continues. Memory does not grow with the number of rows. A deletion is closed only by a query that began
    /// `settle` after the deletion and found nothing.
    ///
    /// Every row is counted exactly once even if passes crash or overlap. Exception: a row written during a pass, with
    /// a sort key the pass has already moved beyond, may be left out of the count. It is still erased.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses. Rows that were erased before stay erased.
    pub async fn purge(&self, owner: &Owner, turn: &Turn) -> Result<Pass, Error> {
        let lease = Lease::new(turn.lease);
        let pass = self.pass(owner, turn, &lease).await;
        if pass.is_err() {
            // The next pass should not have to wait until the lease expires. If this fails as well, it has to.
            let _ = self.release(owner, &lease, false).await;
        }
        pass
    }

    async fn pass(&self, owner: &Owner, turn: &Turn, lease: &Lease) -> Result<Pass, Error> {
        // The receipt is read before the rows. If another pass counts rows in between, the count of this pass fails.
        let Some(mut receipt) = self.get_receipt(owner).await? else {
            return Ok(Pass { outcome: PassOutcome::NotPending, erased: 0 });
        };
        let settled_at = receipt.since.saturating_add(turn.settle);
        for _ in 0..turn.pages {
            if receipt.is_leased_to_another(lease) {
                return Ok(Pass { outcome: PassOutcome::Leased, erased: receipt.erased });
            }
            if Instant::now() >= turn.deadline {
                break;
            }
            let started = Timestamp::now();
            let rows = self.rows_of(owner, PAGE).await?;
            if rows.is_empty() {
                let outcome = self.end(owner, &receipt, lease, started >= settled_at).await?;
                return Ok(Pass { outcome, erased: receipt.erased });
            }
            let erased = receipt.erased;
            let Some((counted, is_counted)) = self.count(owner, receipt, &rows, lease).await? else {
                return Ok(Pass { outcome: PassOutcome::NotPending, erased });
            };
            receipt = counted;
            if is_counted {
                self.erase_all(rows).await?;
            }
        }
        self.release(owner, lease, turn.wakes || Instant::now() >= turn.deadline).await?;
        Ok(Pass { outcome: PassOutcome::Unfinished, erased: receipt.erased })
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
                return Err(Error::unprocessed("UnprocessedItems", "deletes"));
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
