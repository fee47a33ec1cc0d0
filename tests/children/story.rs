//! Two users, and the end of one of them.

use futures_util::future::join_all;
use harness::{Row, Usher, attributes, eventually, now_ms, number, text, user_object};
use local::Schedules;
use reqwest::Method;
use serde_json::json;

use crate::caller::Caller;

/// How long a deletion settles in the stacks of [`purging`].
pub(crate) const SETTLE_SECONDS: i64 = 1;

/// A stack of the test's own, in which a deletion settles soon, and the schedule comes only when a test says so.
pub(crate) async fn purging() -> Usher {
    Usher::started(|options| {
        options.environment.insert("PURGE_SETTLE_SECONDS".to_owned(), Some(SETTLE_SECONDS.to_string()));
        options.schedules = Schedules::Off;
    })
    .await
}

/// Runs the schedule until the deletion whose tombstone `tombstone` finds is closed.
pub(crate) async fn closed(usher: &Usher, tombstone: impl AsyncFn() -> Row) -> Row {
    eventually("the deletion is closed", async || {
        usher.run_schedule("purge-deletions").await;
        Some(tombstone().await).filter(|row| !row.contains_key("purge_pending"))
    })
    .await
}

/// A tombstone tells when its owner was hidden, when the last row was erased, and how many there were: no more.
#[track_caller]
pub(crate) fn is_receipt(tombstone: &Row, erased: usize) {
    let expected = ["deleted_at", "erased", "expires_at", "pk", "purged_at", "sk"];
    assert_eq!(attributes(tombstone), expected.into());
    let [deleted_at, purged_at] = ["deleted_at", "purged_at"].map(|name| number(tombstone, name));
    assert!(purged_at >= deleted_at + SETTLE_SECONDS * 1000, "it was closed before it had settled: {tombstone:?}");
    assert!(purged_at <= now_ms(), "{tombstone:?}");
    assert_eq!(number(tombstone, "erased"), i64::try_from(erased).unwrap());
    let days = if text(tombstone, "sk") == "USER" { 90 } else { 1 };
    assert_eq!(number(tombstone, "expires_at"), purged_at / 1000 + days * 24 * 60 * 60);
}

/// Threads with messages and exchanges, settings, and requests with a key; the paths of the threads.
async fn live_a_little(user: &Caller<'_>) -> Vec<String> {
    let threads = join_all((0..3).map(|_| user.new_thread())).await;
    for thread in &threads {
        user.say(thread, "Hello").await;
        let exchange = json!({"user": {"content": "Why?"}, "assistant": {"content": "Because.", "model": "opus"}});
        user.post_once(&format!("{thread}/exchanges"), thread, &exchange).await.created();
    }
    user.patch("/settings", &json!({"theme": "dark", "name": "Ada"})).await.json();
    threads
}

#[tokio::test]
async fn of_an_account_that_went_at_clerk_only_the_receipt_is_left() {
    let usher = purging().await;
    let (ada, bob) = (Caller::at_clerk(&usher, "Ada").await, Caller::at_clerk(&usher, "Bob").await);
    let adas_threads = live_a_little(&ada).await;
    live_a_little(&bob).await;
    let bobs = bob.rows().await;

    // Ada deletes a thread: its three messages go with it.
    ada.delete(&adas_threads[0]).await.is_done();
    ada.get(&adas_threads[0]).await.is_problem(404, "not-found");
    assert_eq!(ada.get("/threads").await.json()["items"].as_array().unwrap().len(), 2);

    // She gets another name: what belongs to her stays.
    let children = ada.children().await;
    usher.backend(Method::PATCH, &format!("/v1/users/{}", ada.id), &json!({"first_name": "Augusta"})).await;
    assert_eq!(ada.get("/users/me").await.json()["first_name"], "Augusta");
    assert!(ada.children().await == children, "a webhook has changed what belongs to the user");
    // 2 threads and a tombstone, 6 messages, settings, 3 requests.
    assert_eq!(children.len(), 13);

    // Then her account goes at Clerk, which tells it by a webhook.
    let before = now_ms();
    usher.backend(Method::DELETE, &format!("/v1/users/{}", ada.id), &json!({})).await;
    ada.get("/threads").await.is_refusal("user-deleted");
    ada.get("/settings").await.is_refusal("user-deleted");

    let only_row = async || {
        let rows = ada.rows().await;
        (rows.len() == 1).then(|| rows[0].clone())
    };
    let tombstone = eventually("all rows but the tombstone are erased", only_row).await;
    assert!((before..=now_ms()).contains(&number(&tombstone, "deleted_at")), "{tombstone:?}");
    let receipt = closed(&usher, async || only_row().await.unwrap()).await;
    assert_eq!(number(&receipt, "deleted_at"), number(&tombstone, "deleted_at"));
    is_receipt(&receipt, children.len());

    // Of all the table, the receipt and what is Bob's.
    let (kept, rest): (Vec<_>, Vec<_>) =
        usher.scan().await.into_iter().partition(|row| text(row, "pk") == format!("USER#{}", bob.id));
    assert_eq!(rest, std::slice::from_ref(&receipt));
    assert_eq!(kept.len(), bobs.len());
    assert!(bob.rows().await == bobs, "Bob's rows have changed");

    // Clerk repeats itself and comes late, and the schedule comes again.
    usher.delete(&ada.id).await;
    let late = usher.event("user.updated", &user_object(&ada.id, now_ms()), now_ms());
    usher.deliver(late).await.has_outcome("stale");
    usher.run_schedule("purge-deletions").await;
    assert_eq!(ada.rows().await, [receipt]);
    ada.post("/threads", &json!({})).await.is_refusal("user-deleted");
    assert_eq!(bob.get("/threads").await.json()["items"].as_array().unwrap().len(), 3);
}
