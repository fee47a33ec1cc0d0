//! Changes between two calls of one operation.

use harness::{message_rows, now_ms};
use serde_json::json;
use usher_contract::{ClerkUserId, ThreadId};
use usher_store::{Error, IfMatch, Owner, PassOutcome, StaleReason, Store, SyncOutcome};

use crate::{
    builders::{limit, message, patch, request, title},
    fault_injection::Step,
    fixture::{Fixture, sync},
    passes::{AT_ONCE, account, purge},
};

/// A change that another process makes between two calls.
#[derive(Debug, Clone, Copy)]
enum ConcurrentChange {
    UserDeleted,
    ThreadDeleted,
    MessageCreated,
}

impl ConcurrentChange {
    async fn apply(self, store: Store, user: ClerkUserId, thread: ThreadId) {
        match self {
            Self::UserDeleted => store.delete_user(&user).await.unwrap(),
            Self::ThreadDeleted => store.delete_thread(&user, thread).await.unwrap(),
            Self::MessageCreated => drop(store.create_message(&user, thread, message("late"), None).await.unwrap()),
        }
    }
}

/// Performs a write that checks the user in its transaction, by its number. Returns `None` after the last number.
async fn write(store: &Store, user: &ClerkUserId, thread: ThreadId, number: usize) -> Option<Result<(), Error>> {
    Some(match number {
        0 => store.create_message(user, thread, message("Hello"), None).await.map(drop),
        1 => store.create_message(user, thread, message("Hello"), Some(&request("key", ""))).await.map(drop),
        2 => store.create_exchange(user, thread, [message("one"), message("two")], None).await.map(drop),
        3 => store.update_thread(user, thread, Some(title("two"))).await.map(drop),
        4 => store.create_thread(user, None, None).await.map(drop),
        5 => store.create_thread(user, None, Some(&request("key", ""))).await.map(drop),
        6 => store.update_settings(user, &patch(json!({"a": 1})), &IfMatch::Any).await.map(drop),
        _ => return None,
    })
}

/// Creates a user with a thread that has messages.
async fn family(fixture: &Fixture, messages: usize) -> (ClerkUserId, ThreadId) {
    let user = fixture.user().await;
    let thread = fixture.other_process.create_thread(&user, None, None).await.unwrap().id;
    fixture.table.seed(message_rows(&user, thread, messages)).await;
    (user, thread)
}

/// Makes each call of an operation wait until the change is made.
fn interpose(
    fixture: &Fixture,
    operation: &'static str,
    change: ConcurrentChange,
    user: &ClerkUserId,
    thread: ThreadId,
) {
    let (store, user) = (fixture.other_process.clone(), user.clone());
    fixture.injector.script(move |call| {
        if !call.is(operation) {
            return Step::Forward;
        }
        Step::Before(Box::pin(change.apply(store.clone(), user.clone(), thread)))
    });
}

#[tokio::test]
async fn a_write_that_overlaps_the_deletion_of_its_account_fails() {
    let fixture = Fixture::new().await;
    for number in 0.. {
        let (user, thread) = family(&fixture, 3).await;
        interpose(&fixture, "TransactWriteItems", ConcurrentChange::UserDeleted, &user, thread);
        let Some(answer) = write(&fixture.store, &user, thread, number).await else {
            return assert_eq!(number, 7);
        };
        assert!(matches!(answer, Err(Error::UserDeleted)), "{number}: {answer:?}");
        assert_eq!(fixture.rows(&user).await.len(), 1, "{number}");
    }
}

#[tokio::test]
async fn a_message_that_overlaps_the_deletion_of_its_thread_fails() {
    let fixture = Fixture::new().await;
    for number in 0..=3 {
        let (user, thread) = family(&fixture, 3).await;
        interpose(&fixture, "TransactWriteItems", ConcurrentChange::ThreadDeleted, &user, thread);
        let answer = write(&fixture.store, &user, thread, number).await.unwrap();
        assert!(matches!(answer, Err(Error::NotFound)), "{number}: {answer:?}");
        assert_eq!(fixture.rows(&user).await.len(), 2, "{number}");
    }
}

#[tokio::test]
async fn a_sync_that_overlaps_the_deletion_of_its_user_is_stale() {
    let fixture = Fixture::new().await;
    let (user, thread) = family(&fixture, 3).await;
    interpose(&fixture, "PutItem", ConcurrentChange::UserDeleted, &user, thread);
    let outcome = sync(&fixture.store, &user, now_ms() + 1000).await.unwrap();
    assert_eq!(outcome, SyncOutcome::Stale(StaleReason::Deleted));
    assert_eq!(fixture.rows(&user).await.len(), 1);
}

/// A deletion reads a page before its transaction. The purge erases rows that are written in between.
#[tokio::test]
async fn a_row_written_between_query_and_transaction_is_erased_too() {
    let fixture = Fixture::new().await;
    for messages in [3, 120] {
        let (user, thread) = family(&fixture, messages).await;
        interpose(&fixture, "TransactWriteItems", ConcurrentChange::MessageCreated, &user, thread);
        fixture.store.delete_thread(&user, thread).await.unwrap();
        let owner = Owner::Thread(user.clone(), thread);
        assert_eq!(purge(&fixture.other_process, &owner, AT_ONCE).await.unwrap(), PassOutcome::Closed);
        assert_eq!(fixture.rows(&user).await.len(), 2);

        let (user, thread) = family(&fixture, messages).await;
        interpose(&fixture, "TransactWriteItems", ConcurrentChange::MessageCreated, &user, thread);
        fixture.store.delete_user(&user).await.unwrap();
        assert!(matches!(fixture.store.get_thread(&user, thread).await, Err(Error::UserDeleted)));
        assert_eq!(purge(&fixture.other_process, &account(&user), AT_ONCE).await.unwrap(), PassOutcome::Closed);
        assert_eq!(fixture.rows(&user).await.len(), 1);
    }
}

/// If one transaction cannot erase the account, the row of a thread may exist for a moment after the account was
/// deleted.
#[tokio::test]
async fn a_thread_deletion_that_overlaps_the_account_leaves_no_row() {
    let fixture = Fixture::new().await;
    for messages in [3, 120] {
        let (user, thread) = family(&fixture, messages).await;
        interpose(&fixture, "TransactWriteItems", ConcurrentChange::UserDeleted, &user, thread);
        let answer = fixture.store.delete_thread(&user, thread).await;
        assert!(matches!(answer, Ok(()) | Err(Error::NotFound)), "{answer:?}");
        assert_eq!(purge(&fixture.other_process, &account(&user), AT_ONCE).await.unwrap(), PassOutcome::Closed);
        let owner = Owner::Thread(user.clone(), thread);
        assert_eq!(purge(&fixture.other_process, &owner, AT_ONCE).await.unwrap(), PassOutcome::NotPending);
        assert_eq!(fixture.rows(&user).await.len(), 1);
    }
}

#[tokio::test]
async fn a_thread_purge_overtaken_by_its_account_restores_no_row() {
    let fixture = Fixture::new().await;
    let (user, thread) = family(&fixture, 150).await;
    fixture.store.delete_thread(&user, thread).await.unwrap();
    let (store, owner) = (fixture.other_process.clone(), account(&user));
    fixture.injector.script(move |call| {
        if !call.is("UpdateItem") {
            return Step::Forward;
        }
        let (store, owner) = (store.clone(), owner.clone());
        Step::Before(Box::pin(async move {
            let Owner::User(user) = &owner else { return };
            store.delete_user(user).await.unwrap();
            purge(&store, &owner, AT_ONCE).await.unwrap();
        }))
    });
    purge(&fixture.store, &Owner::Thread(user.clone(), thread), AT_ONCE).await.unwrap();
    let rows = fixture.rows(&user).await;
    assert_eq!((rows.len(), harness::text(&rows[0], "sk")), (1, "USER"));
}

#[tokio::test]
async fn concurrent_deletions_count_each_row_once() {
    let fixture = Fixture::new().await;
    let (user, thread) = family(&fixture, 50).await;
    interpose(&fixture, "TransactWriteItems", ConcurrentChange::UserDeleted, &user, thread);
    fixture.store.delete_user(&user).await.unwrap();
    assert!(matches!(fixture.other_process.list_threads(&user, limit(1), None).await, Err(Error::UserDeleted)));
    let rows = fixture.rows(&user).await;
    assert_eq!((rows.len(), harness::number(&rows[0], "erased")), (1, 51));
}
