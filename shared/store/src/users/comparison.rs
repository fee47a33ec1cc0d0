//! The comparison of stored users with users that were fetched from Clerk.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::KeysAndAttributes;
use usher_contract::{ClerkUserId, Timestamp};

use crate::{
    error::Error,
    table::{
        Store,
        attribute::{DELETED_AT, EVENT_AT, PK, SVIX_ID, UNKNOWN_SINCE, UPDATED_AT},
        item::{Item, get_text},
        retry::Backoff,
        row::Key,
    },
    users::{
        liveness::is_tombstone,
        version::{NewVersion, Source, UserVersion},
    },
};

/// The maximum number of users in one comparison: DynamoDB's limit of a BatchGetItem.
pub const MAX_COMPARED_USERS: usize = 100;

/// The state in the table of a user that Clerk has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalState {
    /// There is no row.
    Missing,
    /// The row has an older version.
    Older,
    /// The row has this version or a newer one.
    Current,
    /// The row is a tombstone.
    Deleted,
}

/// The result of comparing one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// The state of the user in the table.
    pub local_state: LocalState,
    /// `true` if the row notes that Clerk does not know the user.
    pub is_marked_unknown: bool,
}

impl Store {
    /// Compares up to [`MAX_COMPARED_USERS`] users that were fetched from Clerk with their rows. Returns the results in
    /// the same order. Takes one consistent read.
    ///
    /// # Errors
    /// DynamoDB is unavailable or refuses.
    pub async fn compare_users(&self, users: &[&usher_clerk::User<'_>]) -> Result<Vec<Comparison>, Error> {
        let rows = self.get_version_rows(users.iter().map(|user| user.id())).await?;
        let now = Timestamp::now();
        let comparison = |user: &&usher_clerk::User<'_>| {
            let row = rows.get(&Key::user(user.id()).pk);
            let is_marked_unknown = row.is_some_and(|row| row.contains_key(UNKNOWN_SINCE));
            Ok::<_, Error>(Comparison { local_state: local_state(row, user, now)?, is_marked_unknown })
        };
        users.iter().map(comparison).collect()
    }

    /// Reads the rows of users, by partition key, with the attributes that a comparison needs.
    async fn get_version_rows(
        &self,
        users: impl Iterator<Item = &ClerkUserId>,
    ) -> Result<HashMap<String, Item>, Error> {
        // DynamoDB refuses a request with the same key twice.
        let keys: BTreeMap<_, _> = users.map(Key::user).map(|key| (key.pk.clone(), key.item())).collect();
        let mut wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys.into_values().collect()))
            .projection_expression([PK, DELETED_AT, UNKNOWN_SINCE, UPDATED_AT, EVENT_AT, SVIX_ID].join(", "))
            .consistent_read(true)
            .build()?;
        let mut rows = HashMap::new();
        let mut backoff = Backoff::default();
        while !wanted.keys().is_empty() {
            let answer = self.client.batch_get_item().request_items(&self.table, wanted).send().await?;
            let found = answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            rows.extend(found.into_iter().filter_map(|row| Some((get_text(&row, PK)?.to_owned(), row))));
            match answer.unprocessed_keys.unwrap_or_default().remove(&self.table) {
                Some(left) if backoff.wait().await => wanted = left,
                Some(_) => {
                    return Err(Error::unprocessed("UnprocessedKeys", "reads"));
                }
                None => break,
            }
        }
        Ok(rows)
    }
}

fn local_state(row: Option<&Item>, user: &usher_clerk::User<'_>, now: Timestamp) -> Result<LocalState, Error> {
    match row {
        None => Ok(LocalState::Missing),
        Some(row) if is_tombstone(row) => Ok(LocalState::Deleted),
        Some(row) => {
            let fetched = NewVersion::new(user, Source::BackendApi, now);
            fetched.log_unused_times(user.id());
            let is_older = UserVersion::of_row(row)? < fetched.version;
            Ok(if is_older { LocalState::Older } else { LocalState::Current })
        }
    }
}
