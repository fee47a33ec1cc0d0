//! The list of stored users, from an index in which tombstones are missing.

use std::cmp::Ordering;

use aws_sdk_dynamodb::types::AttributeValue;
use usher_contract::ClerkUserId;

use crate::{
    error::Error,
    table::{
        Store,
        attribute::{PK, ROW_KIND, ROW_KIND_INDEX},
        item::{Item, get_text, text},
        row::{Key, user_of_partition},
        shard::Shard,
    },
};

/// A page of the stored users.
#[derive(Debug)]
pub struct UserIds {
    /// The ids, in the order of [`list_order`].
    pub ids: Vec<ClerkUserId>,
    /// `true` if these users are the last.
    pub is_end: bool,
}

/// Compares two users by their place in the list of [`Store::list_user_ids`].
pub fn list_order(one: &ClerkUserId, other: &ClerkUserId) -> Ordering {
    let place = |id| (Shard::of(id), id.as_str());
    place(one).cmp(&place(other))
}

/// Returns the attribute that puts a user of this shard into the index.
pub(crate) fn index_attribute(shard: Shard) -> (String, AttributeValue) {
    (ROW_KIND.into(), text(shard.index_key("user")))
}

impl Store {
    /// Lists stored users, without tombstones, in the order of [`list_order`]. Returns up to `limit` users after
    /// `after`, which need not exist any more. Reads a global secondary index, which is eventually consistent. Takes
    /// one query, and another query for each shard that ends.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn list_user_ids(&self, after: Option<&ClerkUserId>, limit: usize) -> Result<UserIds, Error> {
        let mut ids = Vec::new();
        let begins_in = after.map(Shard::of);
        for shard in Shard::all().filter(|shard| begins_in.is_none_or(|begin| *shard >= begin)) {
            let after = after.filter(|_| begins_in == Some(shard));
            let left = limit - ids.len();
            let (found, is_end) = self.user_ids_in_shard(shard, after, left).await?;
            ids.extend(found);
            if !is_end || ids.len() >= limit {
                return Ok(UserIds { ids, is_end: false });
            }
        }
        Ok(UserIds { ids, is_end: true })
    }

    async fn user_ids_in_shard(
        &self,
        shard: Shard,
        after: Option<&ClerkUserId>,
        limit: usize,
    ) -> Result<(Vec<ClerkUserId>, bool), Error> {
        let (name, index_key) = index_attribute(shard);
        let start = after.map(|id| {
            let mut start = Key::user(id).item();
            start.insert(name, index_key.clone());
            start
        });
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(ROW_KIND_INDEX)
            .key_condition_expression(format!("{ROW_KIND} = :users"))
            .expression_attribute_values(":users", index_key)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await?;
        let id = |row: &Item| user_of_partition(get_text(row, PK)?);
        let is_end = answer.last_evaluated_key.as_ref().is_none_or(|key| key.is_empty());
        Ok((answer.items().iter().filter_map(id).collect(), is_end))
    }
}
