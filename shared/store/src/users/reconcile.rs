//! What is kept here, for a comparison with Clerk.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

use aws_sdk_dynamodb::types::KeysAndAttributes;
use usher_clerk::{ClerkUserId, Timestamp};

use crate::{
    error::{Error, ErrorDetail},
    table::{
        Store,
        item::{Item, get_text, text},
        retry::Backoff,
        row::Key,
        shard::Shard,
    },
    users::{
        LISTED, listed_as,
        unknown::UNKNOWN_SINCE,
        version::{Source, UserVersion, VERSION},
    },
};

/// Most users of one comparison: DynamoDB's limit of a BatchGetItem.
pub const MAX_COMPARED_USERS: usize = 100;

/// What is here of a user that Clerk has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalState {
    /// Nothing.
    Missing,
    /// An older version.
    Older,
    /// This version, or a newer one.
    Current,
    /// A tombstone.
    Deleted,
}

/// What a comparison of a user with Clerk's has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// What is here of the user.
    pub local_state: LocalState,
    /// Whether the row says that Clerk does not know the user.
    pub is_marked_unknown: bool,
}

/// A page of the users that are kept here.
#[derive(Debug)]
pub struct UserIds {
    /// Their ids.
    pub ids: Vec<ClerkUserId>,
    /// Whether these are the last.
    pub is_end: bool,
}

/// The order in which [`Store::list_user_ids`] lists users.
pub fn list_order(one: &ClerkUserId, other: &ClerkUserId) -> Ordering {
    let place = |id| (Shard::of(id), id.as_str());
    place(one).cmp(&place(other))
}

impl Store {
    /// Tells what is here of up to [`MAX_COMPARED_USERS`] users that were fetched from Clerk, in their order. One
    /// consistent read.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn compare_users(&self, users: &[&usher_clerk::User<'_>]) -> Result<Vec<Comparison>, Error> {
        let rows = self.versions(users.iter().map(|user| Key::user(user.id()))).await?;
        let now = Timestamp::now();
        let comparison = |user: &&usher_clerk::User<'_>| {
            let row = rows.get(&Key::user(user.id()).pk);
            let is_marked_unknown = row.is_some_and(|row| row.contains_key(UNKNOWN_SINCE));
            Ok::<_, Error>(Comparison { local_state: local_state(row, user, now)?, is_marked_unknown })
        };
        users.iter().map(comparison).collect()
    }

    async fn versions(&self, keys: impl Iterator<Item = Key>) -> Result<HashMap<String, Item>, Error> {
        // DynamoDB refuses a key that is there twice.
        let keys: BTreeMap<_, _> = keys.map(|key| (key.pk.clone(), key.item())).collect();
        let mut wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys.into_values().collect()))
            .projection_expression(format!("pk, deleted_at, {UNKNOWN_SINCE}, {VERSION}"))
            .consistent_read(true)
            .build()?;
        let mut rows = HashMap::new();
        let mut backoff = Backoff::default();
        while !wanted.keys().is_empty() {
            let answer = self.client.batch_get_item().request_items(&self.table, wanted).send().await?;
            let found = answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            rows.extend(found.into_iter().filter_map(|row| Some((get_text(&row, "pk")?.to_owned(), row))));
            match answer.unprocessed_keys.unwrap_or_default().remove(&self.table) {
                Some(left) if backoff.wait().await => wanted = left,
                Some(_) => {
                    return Err(Error::Unavailable(ErrorDetail {
                        code: "UnprocessedKeys".into(),
                        message: "DynamoDB kept leaving reads undone".into(),
                    }));
                }
                None => break,
            }
        }
        Ok(rows)
    }

    /// Lists users that are kept here, without tombstones, in the order of [`list_order`]: up to `limit` of those after
    /// `after`, which may be gone by now. Reads a global secondary index, which is eventually consistent. One query, and
    /// another one for each shard that ends.
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
        let start = after.map(|id| {
            let mut start = Key::user(id).item();
            start.insert(LISTED.into(), text(listed_as(shard)));
            start
        });
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("row_kind-index")
            .key_condition_expression("row_kind = :users")
            .expression_attribute_values(":users", text(listed_as(shard)))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await?;
        let id = |row: &Item| ClerkUserId::parse(get_text(row, "pk")?.strip_prefix("USER#")?).ok();
        let is_end = answer.last_evaluated_key.as_ref().is_none_or(|key| key.is_empty());
        Ok((answer.items().iter().filter_map(id).collect(), is_end))
    }
}

fn local_state(row: Option<&Item>, user: &usher_clerk::User<'_>, now: Timestamp) -> Result<LocalState, Error> {
    match row {
        None => Ok(LocalState::Missing),
        Some(row) if row.contains_key("deleted_at") => Ok(LocalState::Deleted),
        Some(row) => {
            let is_older = UserVersion::of_row(row)? < UserVersion::new(user, Source::BackendApi, now);
            Ok(if is_older { LocalState::Older } else { LocalState::Current })
        }
    }
}
