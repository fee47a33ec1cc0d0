//! `Idempotency-Key`: a repeated request has one effect and always gets the first response.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use harness::{Answer, Usher, now_ms, number, text};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{caller::Caller, routes::unknown_thread_id};

const REQUESTS: usize = 20;

/// Sends identical requests concurrently. Asserts that all get the same response and returns it.
async fn expect_same_response(caller: &Caller<'_>, path: &str, body: &Value) -> Value {
    let answers = join_all((0..REQUESTS).map(|_| caller.post_with_key(path, "the same", body))).await;
    let answers: Vec<Value> = answers.iter().map(Answer::expect_created).collect();
    let first = answers[0].clone();
    assert!(answers.iter().all(|answer| *answer == first), "{answers:?}");
    first
}

#[tokio::test]
async fn concurrent_identical_requests_create_one_thread() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = expect_same_response(&ada, "/threads", &json!({"title": "Once"})).await;
    assert_eq!(ada.get("/threads").await.expect_json(), json!({"items": [thread], "next_cursor": null}));
    assert_eq!((ada.count_rows("THREAD#").await, ada.count_rows("REQUEST#").await), (1, 1));
}

#[tokio::test]
async fn concurrent_identical_requests_create_one_message() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let path = format!("{}/messages", ada.create_thread().await);
    let body = json!({"content": "Once", "parts": [{"type": "text", "n": 1.5}], "model": "opus"});
    let message = expect_same_response(&ada, &path, &body).await;
    assert_eq!(ada.get(&path).await.expect_json(), json!({"items": [message], "next_cursor": null}));
    assert_eq!((ada.count_rows("MESSAGE#").await, ada.count_rows("REQUEST#").await), (1, 1));
}

#[tokio::test]
async fn concurrent_identical_requests_create_one_exchange() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    let body = json!({"user": {"content": "Once?"}, "assistant": {"content": "Once."}});
    let saved = expect_same_response(&ada, &format!("{thread}/exchanges"), &body).await;
    let listed = ada.get(&format!("{thread}/messages")).await.expect_json();
    assert_eq!(listed, json!({"items": [saved["user"], saved["assistant"]], "next_cursor": null}));
    assert_eq!((ada.count_rows("MESSAGE#").await, ada.count_rows("REQUEST#").await), (2, 1));
}

#[tokio::test]
async fn requests_without_a_key_all_take_effect() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let threads = [ada.create_thread().await, ada.create_thread().await];
    assert_ne!(threads[0], threads[1]);
    assert_eq!((ada.count_rows("THREAD#").await, ada.count_rows("REQUEST#").await), (2, 0));
}

#[tokio::test]
async fn a_key_reused_for_another_request_is_refused() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let (thread, other) = (ada.create_thread().await, ada.create_thread().await);
    let (messages, exchanges) = (format!("{thread}/messages"), format!("{thread}/exchanges"));
    let body = json!({"content": "Hello"});
    let first = ada.post_with_key(&messages, "k", &body).await.expect_created();
    let before = ada.rows().await;
    let exchange = json!({"user": body, "assistant": body});
    for (row, path, body) in [
        ("another body", &messages, json!({"content": "Hello!"})),
        ("another role", &messages, json!({"content": "Hello", "role": "assistant"})),
        ("another thread", &format!("{other}/messages"), body.clone()),
        ("another route of the thread", &exchanges, exchange),
        ("another route", &"/threads".to_owned(), json!({})),
    ] {
        ada.post_with_key(path, "k", &body).await.labeled(row).expect_problem(422, "idempotency-key-reused");
    }
    assert_eq!(ada.rows().await, before);
    let with_defaults = json!({"role": "user", "content": "Hello", "parts": null, "model": null});
    for body in [body.clone(), with_defaults] {
        assert_eq!(ada.post_with_key(&messages, "k", &body).await.labeled(&body.to_string()).expect_created(), first);
    }
    assert_ne!(
        ada.post_with_key(&messages, "K", &body).await.expect_created()["id"],
        first["id"],
        "keys are case-sensitive"
    );
}

#[tokio::test]
async fn a_repeat_may_write_the_same_json_in_another_way() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    let send = async |route: &str, body: &str| {
        let headers = [("content-type", "application/json".to_owned()), ("idempotency-key", route.to_owned())];
        ada.call(Method::POST, &format!("{thread}/{route}"), &headers, body.into()).await.labeled(body)
    };
    for (route, bodies, other) in [
        (
            "messages",
            [
                r#"{"content":"é","model":"m","parts":[{"type":"x","a":{"b":1.5,"c":[1,2]}}]}"#,
                r#" {"parts" : [ {"a": {"c":[1,2], "b":1.50}, "type":"x"} ],"model":"m", "content":"\u00e9", "role":"user"} "#,
            ],
            r#"{"content":"é","model":"m","parts":[{"type":"x","a":{"b":1.5,"c":[2,1]}}]}"#,
        ),
        (
            "exchanges",
            [
                r#"{"user":{"content":"a"},"assistant":{"content":"b","model":"m"}}"#,
                "{\n  \"assistant\": {\"model\": \"m\", \"content\": \"b\"},\n  \"user\": {\"parts\": null, \"content\": \"a\"}\n}\n",
            ],
            r#"{"user":{"content":"b"},"assistant":{"content":"a","model":"m"}}"#,
        ),
    ] {
        let first = send(route, bodies[0]).await.expect_created();
        assert_eq!(send(route, bodies[1]).await.expect_created(), first);
        send(route, other).await.expect_problem(422, "idempotency-key-reused");
    }
    assert_eq!(ada.count_rows("MESSAGE#").await, 3);
}

#[tokio::test]
async fn only_one_of_different_requests_with_one_key_succeeds() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let bodies: Vec<_> = (0..10).map(|number| json!({"title": number.to_string()})).collect();
    let answers = join_all(bodies.iter().map(|body| ada.post_with_key("/threads", "k", body))).await;
    let (created, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == StatusCode::CREATED);
    assert_eq!(created.len(), 1);
    for answer in refused {
        answer.expect_problem(422, "idempotency-key-reused");
    }
    assert_eq!(ada.get("/threads").await.expect_json()["items"], json!([created[0].expect_created()]));
}

#[tokio::test]
async fn a_key_expires_after_a_day_even_if_its_row_remains() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let before = now_ms() / 1000;
    let first = ada.post_with_key("/threads", "k", &json!({"title": "First"})).await.expect_created();
    let rows = ada.rows().await;
    let mut request = rows.into_iter().find(|row| text(row, "sk") == "REQUEST#k").unwrap();
    let day = 24 * 60 * 60;
    assert!((before + day..=now_ms() / 1000 + day).contains(&number(&request, "expires_at")), "{request:?}");

    // A day later, before the TTL has removed the row.
    request.insert("expires_at".to_owned(), AttributeValue::N((now_ms() / 1000 - 1).to_string()));
    usher.seed([request]).await;
    let second = ada.post_with_key("/threads", "k", &json!({"title": "Second"})).await.expect_created();
    assert_ne!(second["id"], first["id"]);
    assert_eq!(ada.post_with_key("/threads", "k", &json!({"title": "Second"})).await.expect_created(), second);
}

#[tokio::test]
async fn the_same_key_of_two_users_does_not_collide() {
    let usher = Usher::shared().await;
    let (ada, bob) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let body = json!({"title": "Mine"});
    let adas = ada.post_with_key("/threads", "k", &body).await.expect_created();
    let bobs = bob.post_with_key("/threads", "k", &body).await.expect_created();
    assert_ne!(adas["id"], bobs["id"]);
    bob.post_with_key("/threads", "k", &json!({"title": "His"})).await.expect_problem(422, "idempotency-key-reused");
    assert_eq!(ada.get("/threads").await.expect_json()["items"], json!([adas]));
    assert_eq!(bob.get("/threads").await.expect_json()["items"], json!([bobs]));
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let unknown_thread = format!("/threads/{}/messages", unknown_thread_id());
    ada.post_with_key(&unknown_thread, "k", &json!({"content": "Hello"})).await.expect_problem(404, "not-found");
    ada.post_with_key("/threads", "k", &json!({"title": ""})).await.expect_problem(422, "invalid-field");
    assert_eq!(ada.sort_keys().await, ["USER"]);
    ada.post_with_key("/threads", "k", &json!({"title": "Now"})).await.expect_created();
}

#[tokio::test]
async fn an_invalid_key_is_refused_and_nothing_is_stored() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    let before = ada.rows().await;
    let hello = json!({"content": "Hello"});
    let exchange = json!({"user": hello, "assistant": hello});
    for (path, body) in
        [("/threads", json!({})), (&format!("{thread}/messages"), hello), (&format!("{thread}/exchanges"), exchange)]
    {
        for key in ["", &"k".repeat(65), "clé", "👩‍🚀", "tab\tbed"] {
            let answer = ada.post_with_key(path, key, &body).await.labeled(&format!("{key:?}"));
            let detail = answer.expect_problem(400, "invalid-idempotency-key");
            assert!(detail.contains("Idempotency-Key"), "{detail}");
        }
    }
    assert_eq!(ada.rows().await, before);
    for key in ["k", &"k".repeat(64), "!~ #/?%41 USER"] {
        ada.post_with_key("/threads", key, &json!({})).await.labeled(key).expect_created();
    }
}
