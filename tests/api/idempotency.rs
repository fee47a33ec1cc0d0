//! `Idempotency-Key`: a request that is repeated has one effect and one answer.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use harness::{Answer, Usher, now_ms, number, text};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{caller::Caller, routes::nobodys_thread};

const AT_ONCE: usize = 20;

/// The one answer that all of so many identical requests get.
async fn all_at_once(caller: &Caller<'_>, path: &str, body: &Value) -> Value {
    let answers = join_all((0..AT_ONCE).map(|_| caller.post_once(path, "the same", body))).await;
    let answers: Vec<Value> = answers.iter().map(Answer::expect_created).collect();
    let first = answers[0].clone();
    assert!(answers.iter().all(|answer| *answer == first), "{answers:?}");
    first
}

#[tokio::test]
async fn identical_requests_at_once_create_one_thread() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = all_at_once(&ada, "/threads", &json!({"title": "Once"})).await;
    assert_eq!(ada.get("/threads").await.expect_json(), json!({"items": [thread], "next_cursor": null}));
    assert_eq!((ada.count("THREAD#").await, ada.count("REQUEST#").await), (1, 1));
}

#[tokio::test]
async fn identical_requests_at_once_send_one_message() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let path = format!("{}/messages", ada.new_thread().await);
    let body = json!({"content": "Once", "parts": [{"type": "text", "n": 1.5}], "model": "opus"});
    let message = all_at_once(&ada, &path, &body).await;
    assert_eq!(ada.get(&path).await.expect_json(), json!({"items": [message], "next_cursor": null}));
    assert_eq!((ada.count("MESSAGE#").await, ada.count("REQUEST#").await), (1, 1));
}

#[tokio::test]
async fn identical_requests_at_once_save_one_exchange() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.new_thread().await;
    let body = json!({"user": {"content": "Once?"}, "assistant": {"content": "Once."}});
    let saved = all_at_once(&ada, &format!("{thread}/exchanges"), &body).await;
    let listed = ada.get(&format!("{thread}/messages")).await.expect_json();
    assert_eq!(listed, json!({"items": [saved["user"], saved["assistant"]], "next_cursor": null}));
    assert_eq!((ada.count("MESSAGE#").await, ada.count("REQUEST#").await), (2, 1));
}

#[tokio::test]
async fn without_a_key_every_request_counts() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let threads = [ada.new_thread().await, ada.new_thread().await];
    assert_ne!(threads[0], threads[1]);
    assert_eq!((ada.count("THREAD#").await, ada.count("REQUEST#").await), (2, 0));
}

#[tokio::test]
async fn the_same_key_for_something_else_is_refused_and_the_first_answer_stays() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let (thread, other) = (ada.new_thread().await, ada.new_thread().await);
    let (messages, exchanges) = (format!("{thread}/messages"), format!("{thread}/exchanges"));
    let body = json!({"content": "Hello"});
    let first = ada.post_once(&messages, "k", &body).await.expect_created();
    let before = ada.rows().await;
    let exchange = json!({"user": body, "assistant": body});
    for (row, path, body) in [
        ("another body", &messages, json!({"content": "Hello!"})),
        ("the same content in other words", &messages, json!({"content": "Hello", "role": "user"})),
        ("another thread", &format!("{other}/messages"), body.clone()),
        ("another route of the thread", &exchanges, exchange),
        ("another route", &"/threads".to_owned(), json!({})),
    ] {
        ada.post_once(path, "k", &body).await.labeled(row).expect_problem(422, "idempotency-key-reused");
    }
    assert_eq!(ada.rows().await, before);
    assert_eq!(ada.post_once(&messages, "k", &body).await.expect_created(), first);
    assert_ne!(ada.post_once(&messages, "K", &body).await.expect_created()["id"], first["id"], "keys have a case");
}

#[tokio::test]
async fn of_different_requests_at_once_with_one_key_one_counts() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let bodies: Vec<_> = (0..10).map(|number| json!({"title": number.to_string()})).collect();
    let answers = join_all(bodies.iter().map(|body| ada.post_once("/threads", "k", body))).await;
    let (created, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == StatusCode::CREATED);
    assert_eq!(created.len(), 1);
    for answer in refused {
        answer.expect_problem(422, "idempotency-key-reused");
    }
    assert_eq!(ada.get("/threads").await.expect_json()["items"], json!([created[0].expect_created()]));
}

#[tokio::test]
async fn a_key_is_kept_for_a_day_and_is_free_again_before_its_row_is_removed() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let before = now_ms() / 1000;
    let first = ada.post_once("/threads", "k", &json!({"title": "First"})).await.expect_created();
    let rows = ada.rows().await;
    let mut request = rows.into_iter().find(|row| text(row, "sk") == "REQUEST#k").unwrap();
    let day = 24 * 60 * 60;
    assert!((before + day..=now_ms() / 1000 + day).contains(&number(&request, "expires_at")), "{request:?}");

    // A day later, while DynamoDB has not yet come to remove it.
    request.insert("expires_at".to_owned(), AttributeValue::N((now_ms() / 1000 - 1).to_string()));
    usher.seed([request]).await;
    let second = ada.post_once("/threads", "k", &json!({"title": "Second"})).await.expect_created();
    assert_ne!(second["id"], first["id"]);
    assert_eq!(ada.post_once("/threads", "k", &json!({"title": "Second"})).await.expect_created(), second);
}

#[tokio::test]
async fn the_key_of_another_user_is_another_key() {
    let usher = Usher::shared().await;
    let (ada, bob) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let body = json!({"title": "Mine"});
    let adas = ada.post_once("/threads", "k", &body).await.expect_created();
    let bobs = bob.post_once("/threads", "k", &body).await.expect_created();
    assert_ne!(adas["id"], bobs["id"]);
    bob.post_once("/threads", "k", &json!({"title": "His"})).await.expect_problem(422, "idempotency-key-reused");
    assert_eq!(ada.get("/threads").await.expect_json()["items"], json!([adas]));
    assert_eq!(bob.get("/threads").await.expect_json()["items"], json!([bobs]));
}

#[tokio::test]
async fn a_request_that_was_refused_leaves_its_key_free() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let nowhere = format!("/threads/{}/messages", nobodys_thread());
    ada.post_once(&nowhere, "k", &json!({"content": "Hello"})).await.expect_problem(404, "not-found");
    ada.post_once("/threads", "k", &json!({"title": ""})).await.expect_problem(422, "invalid-field");
    assert_eq!(ada.sort_keys().await, ["USER"]);
    ada.post_once("/threads", "k", &json!({"title": "Now"})).await.expect_created();
}

#[tokio::test]
async fn what_cannot_be_a_key_is_refused_and_nothing_is_stored() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.new_thread().await;
    let before = ada.rows().await;
    let hello = json!({"content": "Hello"});
    let exchange = json!({"user": hello, "assistant": hello});
    for (path, body) in
        [("/threads", json!({})), (&format!("{thread}/messages"), hello), (&format!("{thread}/exchanges"), exchange)]
    {
        for key in ["", &"k".repeat(65), "clé", "👩‍🚀", "tab\tbed"] {
            let answer = ada.post_once(path, key, &body).await.labeled(&format!("{key:?}"));
            let detail = answer.expect_problem(400, "invalid-idempotency-key");
            assert!(detail.contains("Idempotency-Key"), "{detail}");
        }
    }
    assert_eq!(ada.rows().await, before);
    for key in ["k", &"k".repeat(64), "!~ #/?%41 USER"] {
        ada.post_once("/threads", key, &json!({})).await.labeled(key).expect_created();
    }
}
