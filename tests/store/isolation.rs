//! The thread of another user looks exactly like a missing thread, even in the calls to DynamoDB.

use usher_contract::{ClerkUserId, ThreadId};
use usher_store::{Error, Store};

use crate::{
    builders::{limit, message, request, title},
    fixture::Fixture,
};

/// Performs an operation that names a thread, by its number. Returns `None` after the last number.
async fn attempt(store: &Store, user: &ClerkUserId, thread: ThreadId, attempt: usize) -> Option<Result<(), Error>> {
    let key = format!("key {attempt}");
    Some(match attempt {
        0 => store.get_thread(user, thread).await.map(drop),
        1 => store.update_thread(user, thread, Some(title("mine"))).await.map(drop),
        2 => store.create_message(user, thread, message("Hello"), None).await.map(drop),
        3 => store.create_message(user, thread, message("Hello"), Some(&request(&key, ""))).await.map(drop),
        4 => store.create_exchange(user, thread, [message("Hello"), message("Hello")], None).await.map(drop),
        5 => store.list_messages(user, thread, limit(10), None).await.map(drop),
        6 => store.delete_thread(user, thread).await,
        _ => return None,
    })
}

#[tokio::test]
async fn a_thread_of_another_user_looks_like_a_missing_one() {
    let fixture = Fixture::new().await;
    let (ada, bob) = (fixture.user().await, fixture.user().await);
    let foreign = fixture.store.create_thread(&ada, Some(title("hers")), None).await.unwrap().id;
    fixture.store.create_message(&ada, foreign, message("hers"), None).await.unwrap();
    let deleted = fixture.store.create_thread(&bob, None, None).await.unwrap().id;
    fixture.store.delete_thread(&bob, deleted).await.unwrap();
    let missing = ThreadId::parse(&uuid::Uuid::now_v7().to_string()).unwrap();
    let (hers, his) = (fixture.rows(&ada).await, fixture.rows(&bob).await);

    for number in 0.. {
        let mut calls = Vec::new();
        for thread in [missing, foreign] {
            fixture.injector.forward_all();
            let Some(answer) = attempt(&fixture.store, &bob, thread, number).await else {
                assert_eq!(number, 7);
                return;
            };
            assert!(matches!(answer, Err(Error::NotFound)), "attempt {number}: {answer:?}");
            let made = fixture.injector.take_calls();
            calls.push((made.round_trips(), made.capacity()));
        }
        assert_eq!(calls[0], calls[1], "attempt {number}");
        assert_eq!(
            (fixture.rows(&ada).await, fixture.rows(&bob).await),
            (hers.clone(), his.clone()),
            "attempt {number}"
        );
    }
}
