//! Contents: 1 byte to 100 KB.

use harness::Usher;
use reqwest::Method;
use serde_json::json;

use super::{SECRET, assert_limit, caller_with_thread, last_message, texts_of_bytes};

const BYTES: usize = 100 * 1024;

#[tokio::test]
async fn a_message_has_100_kb_at_most_whatever_their_characters() {
    let usher = Usher::shared().await;
    let (ada, thread) = caller_with_thread(&usher).await;
    let path = format!("{thread}/messages");
    for [at, past] in texts_of_bytes(BYTES) {
        let [taken, refused] = [json!({"content": at}), json!({"content": past})];
        assert_limit(&ada, Method::POST, &path, "content", [&taken, &refused]).await;
        assert!(last_message(&ada, &thread).await["content"] == at.as_str(), "{} is another", &at[..4]);
    }
}

#[tokio::test]
async fn both_halves_of_an_exchange_have_100_kb_at_most() {
    let usher = Usher::shared().await;
    let (ada, thread) = caller_with_thread(&usher).await;
    let path = format!("{thread}/exchanges");
    for [at, past] in texts_of_bytes(BYTES) {
        let taken = json!({"user": {"content": at}, "assistant": {"content": at}});
        for (half, other) in [("user", "assistant"), ("assistant", "user")] {
            let refused = json!({half: {"content": past}, other: {"content": at}});
            assert_limit(&ada, Method::POST, &path, &format!("{half}.content"), [&taken, &refused]).await;
        }
    }
}

#[tokio::test]
async fn an_empty_content_is_none() {
    let usher = Usher::shared().await;
    let (ada, thread) = caller_with_thread(&usher).await;
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
