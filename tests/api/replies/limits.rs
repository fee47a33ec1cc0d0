//! The limits of replies, and what a request must have.

use harness::Usher;
use model_emulator::Script;
use serde_json::json;
use usher_contract::limits::{MAX_CONTENT_BYTES, MAX_REPLY_BYTES};

use crate::replies::scene::Scene;

#[tokio::test]
async fn a_fifth_reply_at_the_same_time_is_refused() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::stepped("Because.")).await;
    let mut readers = Vec::new();
    for number in 1..=4 {
        let mut reader = scene.reply(Some(&format!("key-{number}"))).await;
        reader.start().await;
        readers.push(reader);
    }
    let refused = scene.reply(None).await.into_answer().await;
    refused.expect_problem(429, "too-many-replies");
    assert_eq!(refused.header("retry-after"), Some("1"));
    let request = scene.request(1).await;
    request.step(2);
    readers[0].rest().await;
    let mut fifth = scene.reply(None).await;
    fifth.start().await;
}

#[tokio::test]
async fn a_reply_ends_at_its_maximum_length() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::immediate(&"é".repeat(MAX_REPLY_BYTES / 2 + 1))).await;
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    assert_eq!(reader.rest().await.len(), MAX_REPLY_BYTES);
    let message = scene.message(&id).await;
    assert_eq!((message["content"].as_str().unwrap().len(), &message["status"]), (MAX_REPLY_BYTES, &json!("failed")));
}

#[tokio::test]
async fn a_request_for_a_reply_is_checked_before_it_streams() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::immediate("Because.")).await;
    for (body, fields) in [
        (json!({}), vec!["content"]),
        (json!({"content": "a".repeat(MAX_CONTENT_BYTES + 1)}), vec!["content"]),
        (json!({"content": "Why?", "parts": {}}), vec!["parts"]),
        (json!({"content": "Why?", "model": "expensive"}), vec!["model"]),
        (json!({"content": "Why?", "role": "user"}), vec!["role"]),
    ] {
        let answer = scene.post(&body, None).await.into_answer().await;
        answer.expect_problem(422, "invalid-field");
        assert_eq!(answer.fields(), fields);
    }
    let unknown = Scene { thread: "/threads/0192f0c1-2345-7abc-8def-0123456789ab".into(), ..scene };
    unknown.reply(None).await.into_answer().await.expect_problem(404, "not-found");
    unknown.resume("rubbish", 0).await.into_answer().await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn without_a_model_the_answer_is_503() {
    let usher = Usher::with_environment([("MODEL_URL", None)]).await;
    let scene = Scene::new(&usher, Script::default()).await;
    let answer = scene.reply(None).await.into_answer().await;
    let detail = answer.expect_problem(503, "model-not-configured");
    assert_eq!(detail, "MODEL_URL is not set");
    assert_eq!(scene.messages().await.len(), 0);
}

#[tokio::test]
async fn the_key_of_the_model_may_come_later() {
    let usher = Usher::with_options(|options| {
        drop(options.environment.insert("MODEL_KEY_PARAMETER".into(), Some("/key".into())))
    })
    .await;
    let scene = Scene::new(&usher, Script::immediate("Because.")).await;
    scene.reply(None).await.into_answer().await.expect_problem(503, "model-not-configured");
}
