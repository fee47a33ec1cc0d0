//! Walks of the model of the cascade.
//!
//! The writers, the deletions and the passes of the purge are operations in flight. A pass that begins after the
//! settling minute has a `settle` of zero, and another one of an hour. So the minute does not pass during a pass. The
//! lease of a pass expires at once.

use std::time::{Duration, Instant};

use harness::{Row, Table, conversation_rows, new_user_id, now_ms, number, partition_key, text, user_row};
use serde_json::Value;
use usher_contract::{ClerkUserId, Content, CreateMessage, Role, Thread, ThreadId};
use usher_store::{Error, Owner as StoreOwner, Pass, PassOutcome, Source, StaleReason, Store, SyncOutcome, Turn};

use crate::{
    cascade::{
        BOTH, Bounds, Cascade, THREAD, USER,
        state::{Deletion, Owner, PASSES, Phase, Stage, State, Step, Writer},
    },
    replay::{Walk, held_store, operation::Operation, replay_all},
};

const HOUR: Duration = Duration::from_secs(3600);
/// The age of the late webhook, in milliseconds: more than the 90 days of a tombstone.
const OLD: i64 = 100 * 24 * 3600 * 1000;

type Running<T> = Option<Operation<Result<T, Error>>>;

/// The user's partition, and the operations in flight.
struct Replay {
    table: Table,
    store: Store,
    user: ClerkUserId,
    thread: ThreadId,
    /// The sort keys of the rows, in the order of the model's bits.
    sort_keys: [String; 5],
    message: Running<()>,
    new_thread: Running<Thread>,
    deletions: [Running<()>; 2],
    passes: [Running<Pass>; PASSES],
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_deletes_as_its_model_does() {
    let (table, store) = held_store().await;
    replay_all(|seed| walk(table.clone(), store.clone(), seed)).await;
}

async fn walk(table: Table, store: Store, seed: u64) -> usize {
    let mut walk = Walk::new(seed);
    let all = Bounds { message: true, ..BOTH };
    let model = Cascade::new(*walk.pick(&[USER, THREAD, BOTH, all]), None);
    let mut state = State::new(&model);
    let mut replay = Replay::new(&table, &store).await;
    while let Some(step) = walk.choose(&model, &state, |step| can_replay(&state, *step)).copied() {
        let next = land(&model, model.take(state, step));
        replay.take(&state, &next, step).await;
        if next.user != state.user || next.thread != state.thread || next.rows != state.rows {
            replay.assert_rows(&next).await;
        }
        state = next;
    }
    replay.assert_rows(&state).await;
    replay.end(&state).await;
    walk.steps.len()
}

/// Returns whether a step has a counterpart. A minute does not pass during a pass, and rows land without a step.
fn can_replay(state: &State, step: Step) -> bool {
    match step {
        Step::MinutePasses(owner) => state.passes.iter().all(|pass| pass.stage == Stage::Idle || pass.owner != owner),
        _ => true,
    }
}

/// Lets everything land that a transaction has written: the embedded engine applies it at once.
fn land(model: &Cascade, mut state: State) -> State {
    loop {
        let mut steps = Vec::new();
        model.steps(&state, &mut steps);
        let landing = steps.into_iter().find(|step| {
            matches!(
                step,
                Step::MessageLands
                    | Step::NewThreadLands
                    | Step::TombstoneLands(_)
                    | Step::ErasureLands(..)
                    | Step::Answer(_)
            )
        });
        match landing {
            Some(step) => state = model.take(state, step),
            None => return state,
        }
    }
}

impl Replay {
    /// Creates a user with a thread of two messages, and starts the writers, which are held at their transactions.
    async fn new(table: &Table, store: &Store) -> Self {
        let user = ClerkUserId::parse(&new_user_id()).unwrap();
        let rows: Vec<_> = conversation_rows(&user, 1, 2).collect();
        let [thread, first, second] = [0, 1, 2].map(|row: usize| text(&rows[row], "sk").to_owned());
        let now = now_ms();
        table.seed(rows.into_iter().chain([user_row(user.as_str(), now, now)])).await;
        let id = ThreadId::parse(thread.strip_prefix("THREAD#").unwrap()).unwrap();

        let message = {
            let (store, user) = (store.clone(), user.clone());
            let content = Content::try_from("late".to_owned()).unwrap();
            let message = CreateMessage { role: Role::User, content, parts: None, model: None };
            Operation::start(async move { store.create_message(&user, id, message, None).await.map(drop) }).await
        };
        let new_thread = {
            let (store, user) = (store.clone(), user.clone());
            Operation::start(async move { store.create_thread(&user, None, None).await }).await
        };
        let sort_keys = [first, second, put_key(message.request()), thread, put_key(new_thread.request())];
        assert!(sort_keys.is_sorted(), "{sort_keys:?}");
        Self {
            table: table.clone(),
            store: store.clone(),
            user,
            thread: id,
            sort_keys,
            message: Some(message),
            new_thread: Some(new_thread),
            deletions: [None, None],
            passes: [const { None }; PASSES],
        }
    }

    async fn take(&mut self, before: &State, after: &State, step: Step) {
        match step {
            Step::WriteMessage => {
                let answer = self.message.take().unwrap().finish().await;
                assert_written(before, after.message, Owner::Thread, &answer);
            }
            Step::WriteThread => {
                let answer = self.new_thread.take().unwrap().finish().await;
                assert_written(before, after.new_thread, Owner::User, &answer);
            }
            Step::Read(owner) => {
                let mut deletion = self.delete(owner).await;
                // The deletion of a thread reads the user at the same time.
                while deletion.held() != Some("TransactWriteItems") {
                    let name = deletion.held().unwrap().to_owned();
                    deletion.release(&name).await;
                }
                self.deletions[index(owner)] = Some(deletion);
            }
            Step::Hide(owner) => {
                let mut deletion = self.deletions[index(owner)].take().unwrap();
                deletion.release("TransactWriteItems").await;
                assert_eq!(deletion.held(), None);
                deletion.finish().await.unwrap();
            }
            Step::Repeat(owner) => self.delete(owner).await.finish().await.unwrap(),
            Step::Expire(owner) => {
                let row = self.row(owner).await.unwrap();
                assert!(row.contains_key("expires_at"));
                self.table.remove(&row).await;
            }
            Step::Webhook => {
                let outcome = self.old_webhook().await;
                let is_gone = before.user.phase == Phase::Gone;
                let reason = if is_gone { StaleReason::TooOld } else { StaleReason::Deleted };
                assert_eq!(outcome, SyncOutcome::Stale(reason));
            }
            Step::StreamStarts(pass, owner) => self.start_pass(before, after, pass, owner, true).await,
            Step::ScheduleStarts(pass, owner) => self.start_pass(before, after, pass, owner, false).await,
            Step::Call(pass) => self.call(before, after, pass).await,
            Step::ErasesPart(pass) => {
                let mut operation = self.passes[pass].take().unwrap();
                operation.release_first_write().await;
                operation.kill().await;
            }
            Step::Kill(pass) => self.passes[pass].take().unwrap().kill().await,
            Step::MinutePasses(_) => {}
            Step::MessageLands
            | Step::NewThreadLands
            | Step::TombstoneLands(_)
            | Step::ErasureLands(..)
            | Step::Answer(_) => panic!("the engine applies a transaction at once"),
        }
    }

    async fn delete(&self, owner: Owner) -> Operation<Result<(), Error>> {
        let (store, user, thread) = (self.store.clone(), self.user.clone(), self.thread);
        Operation::start(async move {
            match owner {
                Owner::User => store.delete_user(&user).await,
                Owner::Thread => store.delete_thread(&user, thread).await,
            }
        })
        .await
    }

    async fn old_webhook(&self) -> SyncOutcome {
        let (store, at) = (self.store.clone(), now_ms() - OLD);
        let object = harness::user_object(self.user.as_str(), at);
        let sync = Operation::start(async move {
            let event_at = Some(usher_contract::Timestamp::from_millis(at));
            let source = Source::Webhook { event_at, svix_id: "msg_old" };
            store.sync_user(&usher_clerk::User::parse(&object).unwrap(), source).await
        });
        sync.await.finish().await.unwrap()
    }

    /// Starts a pass, which reads the receipt.
    async fn start_pass(&mut self, before: &State, after: &State, pass: usize, owner: Owner, is_woken: bool) {
        let (store, owner_of_store) = (self.store.clone(), self.owner(owner));
        let turn = Turn {
            pages: if is_woken { 1 } else { usize::MAX },
            deadline: Instant::now() + HOUR,
            settle: if before.deletion(owner).is_settled { Duration::ZERO } else { HOUR },
            lease: Duration::ZERO,
            wakes: is_woken,
        };
        let mut operation = Operation::start(async move { store.purge(&owner_of_store, &turn).await }).await;
        operation.release("GetItem").await;
        self.passes[pass] = Some(operation);
        self.follow(after, pass, PassOutcome::NotPending).await;
    }

    /// Lets the next call of a pass go.
    async fn call(&mut self, before: &State, after: &State, pass: usize) {
        let name = name_of_call(before.passes[pass].stage).unwrap();
        self.passes[pass].as_mut().unwrap().release(name).await;
        let outcome = match before.passes[pass].stage {
            Stage::Query | Stage::Settle => PassOutcome::Settling,
            Stage::Close => PassOutcome::Closed,
            Stage::Release => PassOutcome::Unfinished,
            Stage::Count(_) | Stage::Erase(_) | Stage::Idle => PassOutcome::NotPending,
        };
        self.follow(after, pass, outcome).await;
    }

    /// Asserts that a pass makes the call next that the model says, or has ended with this outcome.
    async fn follow(&mut self, after: &State, pass: usize, outcome: PassOutcome) {
        let name = name_of_call(after.passes[pass].stage);
        assert_eq!(self.passes[pass].as_ref().unwrap().held(), name);
        if name.is_none() {
            assert_eq!(self.passes[pass].take().unwrap().finish().await.unwrap().outcome, outcome);
        }
    }

    /// Ends the operations that are still in flight. A thread that was erased with its account is not found.
    async fn end(self, state: &State) {
        for operation in self.passes.into_iter().flatten() {
            operation.kill().await;
        }
        let [user, thread] = self.deletions;
        if let Some(user) = user {
            user.kill().await;
        }
        if let Some(thread) = thread {
            let answer = thread.finish().await;
            let is_gone = state.thread.phase == Phase::Gone;
            assert!(if is_gone { matches!(answer, Err(Error::NotFound)) } else { answer.is_ok() }, "{answer:?}");
        }
        if let Some(message) = self.message {
            message.kill().await;
        }
        if let Some(new_thread) = self.new_thread {
            new_thread.kill().await;
        }
    }

    fn owner(&self, owner: Owner) -> StoreOwner {
        match owner {
            Owner::User => StoreOwner::User(self.user.clone()),
            Owner::Thread => StoreOwner::Thread(self.user.clone(), self.thread),
        }
    }

    async fn row(&self, owner: Owner) -> Option<Row> {
        let sort_key = if owner == Owner::User { "USER" } else { self.sort_keys[3].as_str() };
        self.table.row(&partition_key(&self.user), sort_key).await
    }

    async fn assert_rows(&self, state: &State) {
        let rows = self.table.partition(&partition_key(&self.user)).await;
        let find = |key: &str| rows.iter().find(|row| text(row, "sk") == key);
        let present = |key: &String| find(key).is_some();
        assert_eq!(self.bits(present), state.rows, "{rows:?}");
        let known = self.sort_keys.len() + usize::from(find("USER").is_some());
        assert!(rows.len() <= known, "{rows:?}");
        self.assert_tombstone(&state.user, find("USER"));
        self.assert_tombstone(&state.thread, find(&self.sort_keys[3]));
    }

    fn assert_tombstone(&self, deletion: &Deletion, row: Option<&Row>) {
        let has = |name| row.is_some_and(|row| row.contains_key(name));
        match deletion.phase {
            Phase::Alive | Phase::Read(_) => assert!(row.is_some() && !has("deleted_at"), "{row:?}"),
            Phase::Gone => assert_eq!(row, None),
            Phase::Committed | Phase::Back => panic!("there is no such phase after a step"),
            Phase::Hidden | Phase::Closed => {
                let row = row.unwrap();
                let counted_to = row.get("counted_to").map(|to| to.as_s().unwrap());
                let stored = (
                    number(row, "erased"),
                    counted_to.map_or(0, |to| self.bits(|key| key <= to)),
                    has("woken_at"),
                    has("purge_pending"),
                    has("purged_at"),
                );
                let is_pending = deletion.is_pending();
                let expected =
                    (i64::from(deletion.erased), deletion.counted_to, deletion.is_woken, is_pending, !is_pending);
                assert_eq!(stored, expected, "{row:?}");
            }
        }
    }

    /// Returns the set of the rows whose sort keys have a property.
    fn bits(&self, has: impl Fn(&String) -> bool) -> u8 {
        let keys = self.sort_keys.iter().enumerate().filter(|(_, key)| has(key));
        keys.fold(0, |bits, (index, _)| bits | 1 << index)
    }
}

fn index(owner: Owner) -> usize {
    usize::from(owner == Owner::Thread)
}

/// Returns the name of the call that a pass makes at a stage. `None` if it has ended.
fn name_of_call(stage: Stage) -> Option<&'static str> {
    match stage {
        Stage::Idle => None,
        Stage::Query => Some("Query"),
        Stage::Erase(_) => Some("BatchWriteItem"),
        Stage::Count(_) | Stage::Settle | Stage::Close | Stage::Release => Some("UpdateItem"),
    }
}

/// Returns the sort key of the row that a transaction puts.
fn put_key(request: &Value) -> String {
    let actions = request["TransactItems"].as_array().unwrap();
    let put = actions.iter().find_map(|action| action["Put"]["Item"]["sk"]["S"].as_str());
    put.unwrap().to_owned()
}

/// Asserts that a write ended as the model says, and that its error names the owner that is not there.
fn assert_written<T: std::fmt::Debug>(before: &State, writer: Writer, owner: Owner, answer: &Result<T, Error>) {
    let is_expected = match answer {
        Ok(_) => writer == Writer::Written,
        Err(Error::UserDeleted) => matches!(before.user.phase, Phase::Hidden | Phase::Closed),
        Err(Error::UserNotSynced) => before.user.phase == Phase::Gone,
        Err(Error::NotFound) => {
            let is_alive = matches!(before.user.phase, Phase::Alive | Phase::Read(_));
            is_alive && owner == Owner::Thread && writer == Writer::Refused
        }
        Err(_) => false,
    };
    assert!(is_expected && (answer.is_ok() || writer == Writer::Refused), "{writer:?} {answer:?}");
}
