//! A request that is repeated has one effect and one answer.

use futures_util::future::join_all;
use harness::{integer, now_seconds};
use usher_store::Error;

use crate::{
    builders::{limit, message, request, title},
    fixture::Fixture,
};

#[tokio::test]
async fn identical_concurrent_requests_create_one_thread() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let request = request("key", "body");
    let requests = (0..20).map(|_| fixture.store.create_thread(&user, Some(title("one")), Some(&request)));
    let threads: Vec<_> = join_all(requests).await.into_iter().map(Result::unwrap).collect();
    assert!(threads.iter().all(|thread| *thread == threads[0]), "{threads:?}");
    assert_eq!(fixture.store.list_threads(&user, limit(100), None).await.unwrap().items, threads[..1]);
}

#[tokio::test]
async fn identical_concurrent_requests_create_one_exchange() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    let request = request("key", "body");
    let exchange = || [message("one"), message("two")];
    let requests = (0..20).map(|_| fixture.store.create_exchange(&user, thread, exchange(), Some(&request)));
    let answers: Vec<_> =
        join_all(requests).await.into_iter().map(|answer| serde_json::json!(answer.unwrap())).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let page = fixture.store.list_messages(&user, thread, limit(100), None).await.unwrap();
    assert_eq!(serde_json::json!(page.items), answers[0]);
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_in_one_round_trip() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    let request = request("key", "body");
    let first = fixture.store.create_message(&user, thread, message("one"), Some(&request)).await.unwrap();
    fixture.injector.forward_all();
    let second = fixture.store.create_message(&user, thread, message("one"), Some(&request)).await.unwrap();
    assert_eq!((second.id, second.created_at), (first.id, first.created_at));
    assert_eq!(fixture.injector.take_calls().round_trips(), "TransactWriteItems");
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_until_the_account_is_deleted() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    let request = request("key", "body");
    let send = async || fixture.store.create_message(&user, thread, message("one"), Some(&request)).await;
    let first = send().await.unwrap();
    fixture.store.delete_thread(&user, thread).await.unwrap();
    assert_eq!(send().await.unwrap().id, first.id);
    fixture.store.delete_user(&user).await.unwrap();
    assert!(matches!(send().await, Err(Error::UserDeleted)));
}

#[tokio::test]
async fn another_request_with_the_same_key_is_refused() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, Some(&request("key", "body"))).await.unwrap().id;
    let before = fixture.rows(&user).await;
    let other = request("key", "bodY");
    assert!(matches!(fixture.store.create_thread(&user, None, Some(&other)).await, Err(Error::IdempotencyMismatch)));
    let sent = fixture.store.create_message(&user, thread, message("one"), Some(&other)).await;
    assert!(matches!(sent, Err(Error::IdempotencyMismatch)), "{sent:?}");
    assert_eq!(fixture.rows(&user).await, before);
}

#[tokio::test]
async fn the_key_of_another_user_is_another_key() {
    let fixture = Fixture::new().await;
    let (ada, bob) = (fixture.user().await, fixture.user().await);
    let hers = fixture.store.create_thread(&ada, None, Some(&request("key", "hers"))).await.unwrap();
    let his = fixture.store.create_thread(&bob, None, Some(&request("key", "his"))).await.unwrap();
    assert_ne!(hers.id, his.id);
}

#[tokio::test]
async fn a_failed_request_leaves_its_key_free() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let thread = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    let deleted = fixture.store.create_thread(&user, None, None).await.unwrap().id;
    fixture.store.delete_thread(&user, deleted).await.unwrap();
    let failed = fixture.store.create_message(&user, deleted, message("one"), Some(&request("key", "one"))).await;
    assert!(matches!(failed, Err(Error::NotFound)));
    fixture.store.create_message(&user, thread, message("two"), Some(&request("key", "two"))).await.unwrap();
}

/// DynamoDB removes an expired row within days, not immediately.
#[tokio::test]
async fn an_expired_answer_is_ignored() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    let create = async |body| fixture.store.create_thread(&user, None, Some(&request("key", body))).await;
    let first = create("one").await.unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "seconds since the epoch")]
    let now = now_seconds() as i64;
    for (expires_at, expired) in [(now + 3600, false), (now - 1, true)] {
        let mut rows = fixture.rows(&user).await;
        rows.retain(|row| harness::text(row, "sk") == "REQUEST#key");
        rows[0].insert("expires_at".to_owned(), integer(expires_at));
        fixture.table.seed(rows).await;
        if expired {
            let second = create("two").await.unwrap();
            assert_ne!(second.id, first.id);
            assert_eq!(create("two").await.unwrap().id, second.id);
        } else {
            assert_eq!(create("one").await.unwrap().id, first.id);
        }
    }
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day() {
    let fixture = Fixture::new().await;
    let user = fixture.user().await;
    fixture.store.create_thread(&user, None, Some(&request("key", "body"))).await.unwrap();
    let rows = fixture.rows(&user).await;
    #[expect(clippy::cast_precision_loss, reason = "seconds since the epoch")]
    let left = harness::number(&rows[0], "expires_at") as f64 - now_seconds();
    assert!((86_300.0..=86_400.0).contains(&left), "{left}");
}
