//! Contents: 1 byte to 100 KB.

use harness::Usher;
use reqwest::Method;
use serde_json::json;

use super::{SECRET, assert_limit, boundary_texts, create_caller_with_thread, get_last_message};

const BYTES: usize = 100 * 1024;

#[tokio::test]
async fn message_content_is_limited_to_100_kb_of_utf_8() {
    let usher = Usher::shared().await;
    let (ada, thread) = create_caller_with_thread(&usher).await;
    let path = format!("{thread}/messages");
    for [at, past] in boundary_texts(BYTES) {
        let [accepted, refused] = [json!({"content": at}), json!({"content": past})];
        assert_limit(&ada, Method::POST, &path, "content", [&accepted, &refused]).await;
        assert!(get_last_message(&ada, &thread).await["content"] == at.as_str(), "{} was changed", &at[..4]);
    }
}

#[tokio::test]
async fn each_half_of_an_exchange_is_limited_to_100_kb() {
    let usher = Usher::shared().await;
    let (ada, thread) = create_caller_with_thread(&usher).await;
    let path = format!("{thread}/exchanges");
    for [at, past] in boundary_texts(BYTES) {
        let accepted = json!({"user": {"content": at}, "assistant": {"content": at}});
        for (half, other) in [("user", "assistant"), ("assistant", "user")] {
            let refused = json!({half: {"content": past}, other: {"content": at}});
            assert_limit(&ada, Method::POST, &path, &format!("{half}.content"), [&accepted, &refused]).await;
        }
    }
}

#[tokio::test]
async fn empty_content_is_refused() {
    let usher = Usher::shared().await;
    let (ada, thread) = create_caller_with_thread(&usher).await;
    let said = |content: &str| json!({"content": content});
    for (route, body, field) in [
        ("messages", said(""), "content"),
        ("exchanges", json!({"user": said(""), "assistant": said("a")}), "user.content"),
        ("exchanges", json!({"user": said("a"), "assistant": said("")}), "assistant.content"),
    ] {
        let answer = ada.expect_refused(SECRET, ada.post(&format!("{thread}/{route}"), &body)).await;
        answer.expect_problem(422, "invalid-field");
        assert_eq!(answer.fields(), [field], "{body}");
    }
    ada.post(&format!("{thread}/messages"), &said(" ")).await.expect_created();
}
