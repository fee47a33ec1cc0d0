//! Messages of a thread.

use harness::{Usher, now_ms};
use serde_json::{Value, json};

use crate::{caller::Caller, threads::assert_created_within};

/// Parts of every kind that chat libraries create, with values that a careless store would change.
fn parts() -> Value {
    json!([
        {"type": "text", "text": "line\nbreak \u{0} 👩‍🚀 \u{2028}", "empty": ""},
        {"type": "reasoning", "text": "…", "nested": {"a": [[], {}, null, true, false]}},
        {"type": "tool-call", "toolCallId": "call_1", "input": {"integer": -9007199254740993_i64, "most": u64::MAX}},
        {"type": "tool-result", "output": {"small": 1e-7, "half": 0.5, "zero": 0, "large": 1.7976931348623157e308}},
    ])
}

#[tokio::test]
async fn a_message_is_returned_and_listed_with_all_its_fields() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    let path = format!("{thread}/messages");
    let mut sent = Vec::new();
    for (body, role, parts, model) in [
        (json!({"content": "Hello"}), "user", Value::Null, Value::Null),
        (json!({"content": "Hello", "role": "user", "parts": null, "model": null}), "user", Value::Null, Value::Null),
        (json!({"content": "Hi", "role": "assistant", "model": "opus"}), "assistant", Value::Null, json!("opus")),
        (json!({"content": "Hi", "role": "assistant", "parts": parts()}), "assistant", parts(), Value::Null),
        (json!({"content": " \n\u{0}\"\\👩‍🚀", "parts": []}), "user", json!([]), Value::Null),
    ] {
        let before = now_ms();
        let message = ada.post(&path, &body).await.expect_created();
        assert_created_within(&message, before..=now_ms());
        let expected = json!({
            "id": message["id"], "thread_id": thread.trim_start_matches("/threads/"), "role": role,
            "content": body["content"], "parts": parts, "model": model, "created_at": message["created_at"],
            "status": "complete",
        });
        assert_eq!(message, expected);
        sent.push(message);
    }
    assert_eq!(ada.get(&path).await.expect_json(), json!({"items": sent, "next_cursor": null}));
}

#[tokio::test]
async fn a_thread_lists_only_its_own_messages() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let (one, two) = (ada.create_thread().await, ada.create_thread().await);
    let first = ada.create_message(&one, "one").await;
    let second = ada.create_message(&two, "two").await;
    let empty = ada.create_thread().await;
    for (thread, items) in [(one, vec![first]), (two, vec![second]), (empty, vec![])] {
        assert_eq!(
            ada.get(&format!("{thread}/messages")).await.expect_json(),
            json!({"items": items, "next_cursor": null})
        );
    }
}
