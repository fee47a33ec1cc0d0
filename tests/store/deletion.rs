//! A deletion hides an account at once, in one transaction.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use harness::{attributes, message_rows, now_ms, number};
use serde_json::json;
use tokio::sync::Barrier;
use usher_contract::{ClerkUserId, ThreadId};
use usher_store::{Error, IfMatch, Store, UserSettings};

use crate::{
    builders::{limit, message, patch, request, title},
    fixture::{Fixture, new_user, sync},
};

/// The number of rows that fit into the deletion's transaction beside the tombstone.
const CHILDREN: usize = 99;

/// Creates a user with settings, one thread and messages: `children` rows in all.
async fn family(fixture: &Fixture, children: usize) -> (ClerkUserId, ThreadId) {
    let user = fixture.user().await;
    fixture.store.update_settings(&user, &patch(json!({"a": 1})), &IfMatch::Any).await.unwrap();
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    fixture.table.seed(message_rows(&user, thread, children - 2)).await;
    (user, thread)
}

#[tokio::test]
async fn an_account_of_up_to_99_rows_is_erased_in_one_transaction() {
    let fixture = Fixture::new().await;
    for children in [2, CHILDREN] {
        let (user, _) = family(&fixture, children).await;
        fixture.injector.forward_all();
        fixture.store.delete_user(&user).await.unwrap();
        assert_eq!(fixture.injector.take_calls().round_trips(), "Query → TransactWriteItems");
        let rows = fixture.rows(&user).await;
        assert_eq!(rows.len(), 1);
        let all = ["deleted_at", "erased", "pk", "purge_pending", "sk", "woken_at"];
        assert_eq!(attributes(&rows[0]), all.into(), "a tombstone holds nothing personal");
        assert_eq!(number(&rows[0], "erased"), i64::try_from(children).unwrap());
        assert!(now_ms() - number(&rows[0], "deleted_at") < 60_000);
    }
}

#[tokio::test]
async fn an_unknown_user_is_deleted_as_well() {
    let fixture = Fixture::new().await;
    let user = new_user();
    fixture.store.delete_user(&user).await.unwrap();
    assert!(matches!(fixture.store.get_current_user(&user).await, Err(Error::UserDeleted)));
}

#[tokio::test]
async fn a_deletion_erases_no_row_of_another_user() {
    let fixture = Fixture::new().await;
    let ((ada, _), (bob, _)) = (family(&fixture, 10).await, family(&fixture, 10).await);
    let his = fixture.rows(&bob).await;
    fixture.store.delete_user(&ada).await.unwrap();
    assert_eq!(fixture.rows(&bob).await, his);
}

#[tokio::test]
async fn a_deleted_user_is_rejected_by_every_operation() {
    let fixture = Fixture::new().await;
    let (user, thread) = family(&fixture, 300).await;
    fixture.store.delete_user(&user).await.unwrap();
    let (store, rows) = (&fixture.store, fixture.rows(&user).await);
    let request = request("key", "body");
    assert!(matches!(store.create_thread(&user, None, None).await, Err(Error::UserDeleted)));
    assert!(matches!(store.create_thread(&user, None, Some(&request)).await, Err(Error::UserDeleted)));
    assert!(matches!(store.list_threads(&user, limit(1), None).await, Err(Error::UserDeleted)));
    assert!(matches!(store.get_thread(&user, thread).await, Err(Error::UserDeleted)));
    assert!(matches!(store.update_thread(&user, thread, Some(title("a"))).await, Err(Error::UserDeleted)));
    assert!(matches!(store.delete_thread(&user, thread).await, Err(Error::UserDeleted)));
    assert!(matches!(store.create_message(&user, thread, message("a"), None).await, Err(Error::UserDeleted)));
    assert!(matches!(store.create_message(&user, thread, message("a"), Some(&request)).await, Err(Error::UserDeleted)));
    let exchange = [message("a"), message("b")];
    assert!(matches!(store.create_exchange(&user, thread, exchange, None).await, Err(Error::UserDeleted)));
    assert!(matches!(store.list_messages(&user, thread, limit(1), None).await, Err(Error::UserDeleted)));
    assert!(matches!(store.get_settings(&user).await, Err(Error::UserDeleted)));
    let change = store.update_settings(&user, &patch(json!({"a": 2})), &IfMatch::Any).await;
    assert!(matches!(change, Err(Error::UserDeleted)));
    assert!(matches!(store.get_current_user(&user).await, Err(Error::UserDeleted)));
    assert!(sync(store, &user, now_ms() + 1).await.is_ok());
    assert_eq!(fixture.rows(&user).await, rows);
}

/// The part of a family that a reader saw.
#[derive(Debug, PartialEq)]
enum Sight {
    All,
    Nothing,
    Deleted,
}

async fn look(store: &Store, user: &ClerkUserId, thread: ThreadId, children: usize, what: usize) -> Sight {
    let count = match what {
        0 => store
            .list_messages(user, thread, limit(100), None)
            .await
            .map(|page| (page.items.len(), children.min(102) - 2)),
        1 => store.list_threads(user, limit(100), None).await.map(|page| (page.items.len(), 1)),
        2 => store.get_thread(user, thread).await.map(|_| (1, 1)),
        _ => store.get_settings(user).await.map(|settings| (usize::from(settings != UserSettings::default()), 1)),
    };
    match count {
        Ok((0, _)) | Err(Error::NotFound) => Sight::Nothing,
        Ok((seen, all)) if seen == all => Sight::All,
        Err(Error::UserDeleted) => Sight::Deleted,
        other => panic!("reader {what} saw a part: {other:?}"),
    }
}

/// The engines of the tests commit atomically. On DynamoDB, a list that overlaps the commit may return a part of the
/// rows. A read that begins after the deletion returned sees none.
#[tokio::test]
async fn readers_see_all_rows_or_none_and_none_after_the_deletion() {
    let fixture = Fixture::new().await;
    for (children, rounds) in [(CHILDREN, 10), (300, 3)] {
        for _ in 0..rounds {
            let (user, thread) = family(&fixture, children).await;
            let (answered, begun) = (Arc::new(AtomicBool::new(false)), Arc::new(Barrier::new(9)));
            let readers = (0..8).map(|reader| {
                let (store, user) = (fixture.third_process(), user.clone());
                let (answered, begun) = (answered.clone(), begun.clone());
                tokio::spawn(async move {
                    assert_eq!(look(&store, &user, thread, children, reader % 4).await, Sight::All);
                    begun.wait().await;
                    loop {
                        let after = answered.load(Ordering::SeqCst);
                        let sight = look(&store, &user, thread, children, reader % 4).await;
                        if after {
                            return assert_eq!(sight, Sight::Deleted, "reader {reader}");
                        }
                    }
                })
            });
            let readers: Vec<_> = readers.collect();
            begun.wait().await;
            fixture.store.delete_user(&user).await.unwrap();
            answered.store(true, Ordering::SeqCst);
            for reader in readers {
                reader.await.unwrap();
            }
        }
    }
}
