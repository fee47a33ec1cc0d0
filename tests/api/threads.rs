//! Threads: create, read, rename and delete.

mod large_thread;

use std::ops::RangeInclusive;

use futures_util::future::join_all;
use harness::{Usher, eventually, now_ms};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::caller::Caller;

/// Asserts that an id is a UUID of version 7 with the time of `created_at`, and that this time is in the range.
#[track_caller]
pub(crate) fn assert_created_within(thing: &Value, time: RangeInclusive<i64>) {
    let id: Uuid = thing["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 7, "{thing}");
    let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
    let created_at = thing["created_at"].as_i64().unwrap();
    assert_eq!(i64::try_from(seconds * 1000).unwrap() + i64::from(nanos / 1_000_000), created_at, "{thing}");
    assert!(time.contains(&created_at), "{thing}: {time:?}");
}

#[tokio::test]
async fn a_thread_has_only_an_id_a_title_and_times() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for (body, title) in [
        (json!({"title": "Analytical engine"}), json!("Analytical engine")),
        (json!({"title": " 👩‍🚀 \u{0}\n\"\\ "}), json!(" 👩‍🚀 \u{0}\n\"\\ ")),
        (json!({"title": null}), Value::Null),
        (json!({}), Value::Null),
    ] {
        let before = now_ms();
        let thread = ada.post("/threads", &body).await.expect_created();
        assert_created_within(&thread, before..=now_ms());
        let (id, created_at) = (&thread["id"], &thread["created_at"]);
        assert_eq!(thread, json!({"id": id, "title": title, "created_at": created_at, "updated_at": created_at}));
        let path = format!("/threads/{}", id.as_str().unwrap());
        assert_eq!(ada.get(&path).await.expect_json(), thread, "{body}");
    }
    assert_eq!(ada.count_rows("THREAD#").await, 4);
}

#[tokio::test]
async fn a_title_can_be_changed_and_removed() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.post("/threads", &json!({"title": "First"})).await.expect_created();
    let path = format!("/threads/{}", thread["id"].as_str().unwrap());
    for title in [json!("Second"), json!("é"), Value::Null, Value::Null, json!("Last")] {
        let before = now_ms();
        let changed = ada.patch(&path, &json!({"title": title})).await.expect_json();
        let updated_at = changed["updated_at"].as_i64().unwrap();
        assert!((before..=now_ms()).contains(&updated_at), "{changed}");
        let expected =
            json!({"id": thread["id"], "title": title, "created_at": thread["created_at"], "updated_at": updated_at});
        assert_eq!(changed, expected);
        assert_eq!(ada.get(&path).await.expect_json(), expected);
    }
}

#[tokio::test]
async fn a_new_message_updates_the_time_of_its_thread() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let path = ada.create_thread().await;
    let other = ada.create_thread().await;
    let other_before = ada.get(&other).await.expect_json();
    let exchange = json!({"user": {"content": "Hello"}, "assistant": {"content": "Hi"}});
    for (route, body) in [("messages", json!({"content": "Hello"})), ("exchanges", exchange)] {
        let thread = ada.get(&path).await.expect_json();
        let updated_at = thread["updated_at"].as_i64().unwrap();
        eventually("the clock advances", async || (now_ms() > updated_at).then_some(())).await;
        let before = now_ms();
        ada.post(&format!("{path}/{route}"), &body).await.expect_created();
        let newer = ada.get(&path).await.expect_json();
        assert!((before..=now_ms()).contains(&newer["updated_at"].as_i64().unwrap()), "{route}: {newer}");
        assert_eq!((&newer["created_at"], &newer["title"]), (&thread["created_at"], &thread["title"]), "{route}");
    }
    assert_eq!(ada.get(&other).await.expect_json(), other_before);
}

#[tokio::test]
async fn a_deleted_thread_is_gone_on_every_route_and_others_stay() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let (gone, kept) = (ada.create_thread().await, ada.create_thread().await);
    ada.create_message(&gone, "Goodbye").await;
    let said = ada.create_message(&kept, "Hello").await;

    ada.delete(&gone).await.assert_no_content();
    for (method, path, body) in [
        ("GET", gone.clone(), json!(null)),
        ("PATCH", gone.clone(), json!({"title": "Again"})),
        ("GET", format!("{gone}/messages"), json!(null)),
        ("POST", format!("{gone}/messages"), json!({"content": "Again"})),
        ("POST", format!("{gone}/exchanges"), json!({"user": {"content": "a"}, "assistant": {"content": "b"}})),
    ] {
        ada.send_json(method.parse().unwrap(), &path, body.to_string()).await.expect_problem(404, "not-found");
    }
    assert_eq!(ada.count_rows(&format!("MESSAGE#{}", gone.trim_start_matches("/threads/"))).await, 0);

    let threads = ada.get("/threads").await.expect_json();
    assert_eq!(threads["items"].as_array().unwrap().len(), 1);
    assert_eq!(format!("/threads/{}", threads["items"][0]["id"].as_str().unwrap()), kept);
    assert_eq!(ada.get(&format!("{kept}/messages")).await.expect_json(), json!({"items": [said], "next_cursor": null}));
}

#[tokio::test]
async fn a_deletion_can_be_repeated_even_concurrently() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    for answer in join_all((0..5).map(|_| ada.delete(&thread))).await {
        answer.assert_no_content();
    }
    ada.delete(&thread).await.assert_no_content();
    ada.get(&thread).await.expect_problem(404, "not-found");
}
