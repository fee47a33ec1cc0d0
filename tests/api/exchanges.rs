//! Exchanges: the message of the user and the reply of the assistant, stored together or not at all.

use harness::{Usher, now_ms};
use serde_json::{Value, json};

use crate::{caller::Caller, routes::unknown_thread_id, threads::assert_created_within};

#[tokio::test]
async fn both_messages_are_returned_and_listed_question_first() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    let parts = json!([{"type": "text", "text": "42"}]);
    let mut sent = Vec::new();
    for number in 0..5 {
        let (question, answer) = (format!("{number}?"), format!("{number}!"));
        let body = json!({
            "user": {"content": question}, "assistant": {"content": answer, "parts": parts, "model": "opus"},
        });
        let before = now_ms();
        let saved = ada.post(&format!("{thread}/exchanges"), &body).await.expect_created();
        let message = |role: &str, content: &str, parts: &Value, model: Value| {
            assert_created_within(&saved[role], before..=now_ms());
            json!({
                "id": saved[role]["id"], "thread_id": thread.trim_start_matches("/threads/"), "role": role,
                "content": content, "parts": parts, "model": model, "created_at": saved[role]["created_at"],
                "status": "complete",
            })
        };
        let user = message("user", &question, &Value::Null, Value::Null);
        let assistant = message("assistant", &answer, &parts, json!("opus"));
        assert_eq!(saved, json!({"user": user, "assistant": assistant}));
        sent.extend([user, assistant]);
    }
    let listed = ada.get(&format!("{thread}/messages")).await.expect_json();
    assert_eq!(listed, json!({"items": sent, "next_cursor": null}));
}

#[tokio::test]
async fn an_exchange_with_an_invalid_half_stores_nothing() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    let path = format!("{thread}/exchanges");
    let before = ada.rows().await;
    for (body, field) in [
        (json!({"user": {"content": "Hello"}}), "assistant"),
        (json!({"assistant": {"content": "Hi"}}), "user"),
        (json!({"user": {"content": "Hello"}, "assistant": {"content": ""}}), "assistant.content"),
        (json!({"user": {"content": ""}, "assistant": {"content": "Hi"}}), "user.content"),
        (json!({"user": {"content": "Hello"}, "assistant": null}), "assistant"),
    ] {
        let answer = ada.post(&path, &body).await.labeled(&body.to_string());
        answer.expect_problem(422, "invalid-field");
        assert_eq!(answer.fields(), [field], "{body}");
    }
    let body = json!({"user": {"content": "Hello"}, "assistant": {"content": "Hi"}});
    let unknown_thread = format!("/threads/{}/exchanges", unknown_thread_id());
    ada.post(&unknown_thread, &body).await.expect_problem(404, "not-found");
    assert_eq!(ada.rows().await, before);
}
