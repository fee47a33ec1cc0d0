//! Walks of the model of sync.
//!
//! A message that may arrive, a request and the import of reconcile are operations in flight: each is held at its
//! write until the walk lets it go. A day of the model is 40 days. The clock of the store is the real one, so instead
//! of the clock all times in the table, and those of Clerk, are moved back. An operation of the day before has a new
//! start, as a message that Svix sends again.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use harness::{Row, Table, integer, new_user_id, now_ms, number, partition_key, text};
use usher_contract::{ClerkUserId, Timestamp};
use usher_store::{Error, Owner, PassOutcome, Source, StaleReason, Store, SyncOutcome, SyncState, Turn};

use crate::{
    replay::{Walk, held_store, operation::Operation, replay_all},
    sync::{
        Sync,
        state::{self, DELETED, Message, State, Step},
        version::{self, Version},
    },
};

/// A day of the model, in milliseconds.
const DAY: i64 = 40 * 24 * 60 * 60 * 1000;
/// The attributes that are times, in milliseconds.
const TIMES: [&str; 6] = ["updated_at", "event_at", "synced_at", "unknown_since", "deleted_at", "purged_at"];

type Sent = Operation<Result<Option<SyncOutcome>, Error>>;

/// The user's row in the table, and the operations in flight.
struct Replay {
    model: Sync,
    table: Table,
    store: Store,
    user: ClerkUserId,
    /// When the walk began, on day 0. It moves back as the days pass.
    began: i64,
    /// The time at which each version was sent, in milliseconds after `began`.
    sent: HashMap<u8, i64>,
    messages: HashMap<usize, Sent>,
    request: Option<Sent>,
    import: Option<Sent>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_syncs_as_its_model_does() {
    let (table, store) = held_store().await;
    replay_all(|seed| walk(table.clone(), store.clone(), seed)).await;
}

async fn walk(table: Table, store: Store, seed: u64) -> usize {
    let model = Sync::new(None);
    let mut replay = Replay {
        model,
        table,
        store,
        user: ClerkUserId::parse(&new_user_id()).unwrap(),
        began: now_ms() - 60_000,
        sent: HashMap::new(),
        messages: HashMap::new(),
        request: None,
        import: None,
    };
    let mut state = State::new(&model);
    let mut walk = Walk::new(seed);
    while let Some(step) = walk.choose(&model, &state, |_| true).copied() {
        let next = model.take(state, step);
        replay.take(&state, &next, step).await;
        if next.row != state.row || step == Step::NextDay {
            replay.assert_row(&next).await;
        }
        state = next;
    }
    replay.assert_row(&state).await;
    walk.steps.len()
}

impl Replay {
    async fn take(&mut self, before: &State, after: &State, step: Step) {
        match step {
            Step::Change { .. } => {
                let number = after.clerk.version;
                let sent_at = i64::from(after.today) * DAY + i64::from(number) * 1000;
                self.sent.insert(number, sent_at);
                self.send(after, usize::from(number)).await;
            }
            Step::Delete => self.send(after, DELETED).await,
            Step::Arrive(index) => {
                if !self.messages.contains_key(&index) {
                    self.send(before, index).await;
                }
                let outcome = self.messages.remove(&index).unwrap().finish().await.unwrap();
                if let Ok(number) = u8::try_from(index)
                    && index != DELETED
                {
                    let version = Version { number, source: version::Source::Webhook };
                    assert_eq!(outcome, Some(expected(&self.model, before, after, version)));
                }
            }
            Step::Lose(index) => self.messages.remove(&index).unwrap().kill().await,
            Step::RequestFetches => self.request = Some(self.store_fetched(after.request.unwrap(), false).await),
            Step::RequestStores => {
                let outcome = self.request.take().unwrap().finish().await.unwrap();
                let version = Version { number: before.request.unwrap(), source: version::Source::BackendApi };
                assert_eq!(outcome, Some(expected(&self.model, before, after, version)));
            }
            Step::RequestDies => self.request.take().unwrap().kill().await,
            Step::ImportFetches => self.import = Some(self.store_fetched(after.import.unwrap(), true).await),
            Step::ImportStores => {
                let outcome = self.import.take().unwrap().finish().await.unwrap();
                let version = Version { number: before.import.unwrap(), source: version::Source::BackendApi };
                assert_eq!(outcome, Some(expected(&self.model, before, after, version)));
            }
            Step::DailySearch => self.search(before, after).await,
            Step::ManualSearch => {
                if before.row != after.row {
                    self.delete().await.finish().await.unwrap();
                }
            }
            Step::PurgeFinishes => self.purge().await,
            Step::TombstoneExpires => {
                let row = self.row().await.unwrap();
                assert!(number(&row, "expires_at") * 1000 <= now_ms(), "the tombstone has not expired");
                self.table.remove(&row).await;
            }
            Step::NextDay => self.next_day(after).await,
            Step::Outage => {}
        }
    }

    /// Sends a message: the operation is held at its write.
    async fn send(&mut self, state: &State, index: usize) {
        let operation = if index == DELETED {
            let mut operation = self.delete().await;
            // The rows of the account are read some time before the transaction.
            operation.release("Query").await;
            operation
        } else {
            let number = u8::try_from(index).unwrap();
            let (store, object) = (self.store.clone(), self.object(number));
            let sent_on = match state.messages[index] {
                Message::Waiting { sent_on } | Message::Arrived { sent_on } => i64::from(sent_on),
                Message::NotSent | Message::Lost => panic!("there is no such message"),
            };
            let in_order = i64::from(if number < 3 { number } else { 3 }) * 1000;
            let event_at = Timestamp::from_millis(self.began + sent_on * DAY + in_order);
            Operation::start(async move {
                let svix_id = format!("msg_{number}");
                let source = Source::Webhook { event_at: Some(event_at), svix_id: &svix_id };
                let user = usher_clerk::User::parse(&object).unwrap();
                store.sync_user(&user, source).await.map(Some)
            })
            .await
        };
        self.messages.insert(index, operation);
    }

    async fn delete(&self) -> Sent {
        let (store, user) = (self.store.clone(), self.user.clone());
        Operation::start(async move { store.delete_user(&user).await.map(|()| None) }).await
    }

    /// Stores a fetched user. The import of reconcile also removes the note that the user is unknown.
    async fn store_fetched(&self, number: u8, is_import: bool) -> Sent {
        let (store, user, object) = (self.store.clone(), self.user.clone(), self.object(number));
        Operation::start(async move {
            let outcome = store.sync_user(&usher_clerk::User::parse(&object).unwrap(), Source::BackendApi).await?;
            if is_import {
                store.mark_known(&user).await?;
            }
            Ok(Some(outcome))
        })
        .await
    }

    /// The daily search. The model decides as `usher-reconcile` does, and the store reads, notes and deletes.
    async fn search(&self, before: &State, after: &State) {
        let (store, user) = (self.store.clone(), self.user.clone());
        let read = Operation::start(async move { store.get_sync_state(&user).await }).await;
        let found: SyncState = read.finish().await.unwrap().unwrap();
        if matches!(after.row, state::Row::Tombstone { .. }) {
            self.delete().await.finish().await.unwrap();
        } else if before.row != after.row {
            let (store, user) = (self.store.clone(), self.user.clone());
            let note = Operation::start(async move { store.mark_unknown(&user, &found, Timestamp::now()).await }).await;
            note.finish().await.unwrap();
        }
    }

    async fn purge(&self) {
        let (store, owner) = (self.store.clone(), Owner::User(self.user.clone()));
        let pass = Operation::start(async move {
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(1000);
            let zero = std::time::Duration::ZERO;
            store.purge(&owner, &Turn { pages: usize::MAX, deadline, settle: zero, lease: zero, wakes: false }).await
        });
        assert_eq!(pass.await.finish().await.unwrap().outcome, PassOutcome::Closed);
    }

    /// Moves all times back by a day, and starts the operations in flight anew.
    async fn next_day(&mut self, after: &State) {
        self.began -= DAY;
        if let Some(mut row) = self.row().await {
            for name in TIMES {
                if row.contains_key(name) {
                    let time = integer(number(&row, name) - DAY);
                    row.insert(name.into(), time);
                }
            }
            if row.contains_key("expires_at") {
                let time = integer(number(&row, "expires_at") - DAY / 1000);
                row.insert("expires_at".into(), time);
            }
            if row.contains_key("clerk_user") {
                let object = self.object(version_number(&row));
                row.insert("clerk_user".into(), AttributeValue::S(object));
            }
            self.table.seed([row]).await;
        }
        for index in self.messages.keys().copied().collect::<Vec<_>>() {
            self.messages.remove(&index).unwrap().kill().await;
            self.send(after, index).await;
        }
    }

    /// Makes the user object of a version.
    fn object(&self, version: u8) -> String {
        let updated_at = self.began + self.sent[&Version::updated_at(version)];
        format!(r#"{{"id":"{}","first_name":"{version}","updated_at":{updated_at}}}"#, self.user)
    }

    async fn row(&self) -> Option<Row> {
        self.table.row(&partition_key(&self.user), "USER").await
    }

    async fn assert_row(&self, state: &State) {
        let row = self.row().await;
        let day = |row: &Row, name| {
            let ago = (now_ms() - number(row, name) + DAY / 2).div_euclid(DAY);
            state.today - u8::try_from(ago).unwrap()
        };
        let stored = match &row {
            None => state::Row::Absent,
            Some(row) if row.contains_key("deleted_at") => {
                state::Row::Tombstone { purged_on: row.contains_key("purged_at").then(|| day(row, "purged_at")) }
            }
            Some(row) => {
                let source =
                    if row.contains_key("svix_id") { version::Source::Webhook } else { version::Source::BackendApi };
                state::Row::Alive {
                    version: Version { number: version_number(row), source },
                    synced_on: day(row, "synced_at"),
                    unknown_since: row.contains_key("unknown_since").then(|| day(row, "unknown_since")),
                }
            }
        };
        assert_eq!(stored, state.row, "{row:?}");
    }
}

fn version_number(row: &Row) -> u8 {
    let object: serde_json::Value = serde_json::from_str(text(row, "clerk_user")).unwrap();
    object["first_name"].as_str().unwrap().parse().unwrap()
}

/// Returns the outcome of a sync that leads from one state to another. Versions of which neither is newer are the same.
fn expected(model: &Sync, before: &State, after: &State, version: Version) -> SyncOutcome {
    match (before.row, after.row) {
        (state::Row::Tombstone { .. }, _) => SyncOutcome::Stale(StaleReason::Deleted),
        (state::Row::Absent, state::Row::Absent) => SyncOutcome::Stale(StaleReason::TooOld),
        (state::Row::Absent, _) => SyncOutcome::Created,
        (state::Row::Alive { version: row, .. }, _) if model.is_newer(row, version) => {
            SyncOutcome::Stale(StaleReason::Older)
        }
        (state::Row::Alive { version: row, .. }, _) if !model.is_newer(version, row) => {
            SyncOutcome::Stale(StaleReason::Duplicate)
        }
        _ => SyncOutcome::Updated,
    }
}
