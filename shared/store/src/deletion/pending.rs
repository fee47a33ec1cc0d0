//! The index of deletions that are not closed.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use usher_contract::Timestamp;

use crate::{
    error::Error,
    table::{
        Store,
        attribute::{DELETED_AT, PK, PURGE_PENDING, PURGE_PENDING_INDEX, SK},
        item::{Item, get_millis, get_text, text},
        row::Owner,
        shard::Shard,
    },
};

/// The maximum number of deletions read from one shard at once. A page has at most 16 times as many.
const SHARD_PAGE: i32 = 25;

/// A page of deletions that are not closed.
#[derive(Debug)]
pub struct PendingPage {
    /// When the oldest deletion of the page began. On the first page it is the oldest of all.
    pub oldest: Option<Timestamp>,
    /// The deleted owners, oldest first.
    pub owners: Vec<Owner>,
    /// The start of the next page. `None` at the end.
    pub next: Option<PendingCursor>,
}

/// The start of a page: for each shard that has more deletions, the last index entry that was read.
#[derive(Debug)]
pub struct PendingCursor(BTreeMap<Shard, Option<Item>>);

/// Returns the index key of the tombstones of a shard while their deletions are not closed.
pub(crate) fn pending_key(shard: Shard) -> String {
    shard.index_key("pending")
}

impl Store {
    /// Lists deletions that are not closed, a page at a time. Each page reads all shards that have more, in parallel,
    /// so that no shard waits for another. Within a page and within a shard the oldest deletion comes first.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn list_pending_deletions(&self, from: Option<PendingCursor>) -> Result<PendingPage, Error> {
        let shards = from.map_or_else(|| Shard::all().map(|shard| (shard, None)).collect(), |cursor| cursor.0);
        let answers = shards.into_iter().map(|(shard, start)| self.pending_in_shard(shard, start));
        let (mut deletions, mut next) = (Vec::new(), BTreeMap::new());
        for (shard, items, last) in try_join_all(answers).await? {
            for item in &items {
                let owner = get_text(item, PK).zip(get_text(item, SK)).and_then(|(pk, sk)| Owner::of_key(pk, sk));
                deletions.extend(owner.map(|owner| Ok((get_millis(item, DELETED_AT)?, owner))));
            }
            next.extend(last.map(|last| (shard, Some(last))));
        }
        let mut deletions = deletions.into_iter().collect::<Result<Vec<_>, Error>>()?;
        deletions.sort_by_key(|(deleted_at, _)| *deleted_at);
        Ok(PendingPage {
            oldest: deletions.first().map(|(deleted_at, _)| *deleted_at),
            owners: deletions.into_iter().map(|(_, owner)| owner).collect(),
            next: (!next.is_empty()).then_some(PendingCursor(next)),
        })
    }

    async fn pending_in_shard(
        &self,
        shard: Shard,
        start: Option<Item>,
    ) -> Result<(Shard, Vec<Item>, Option<Item>), Error> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(PURGE_PENDING_INDEX)
            .key_condition_expression(format!("{PURGE_PENDING} = :pending"))
            .expression_attribute_values(":pending", text(pending_key(shard)))
            .limit(SHARD_PAGE)
            .set_exclusive_start_key(start)
            .send()
            .await?;
        let last = answer.last_evaluated_key.filter(|key| !key.is_empty());
        Ok((shard, answer.items.unwrap_or_default(), last))
    }
}
