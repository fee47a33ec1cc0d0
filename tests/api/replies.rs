//! Replies: a model writes them, and they stream to the client.

mod endings;
mod failures;
mod interruptions;
mod limits;
mod live;
mod metrics;
mod reader;
mod resuming;
mod scene;
mod titles;

use harness::Usher;
use model_emulator::{RequestState, Script};
use serde_json::json;

use crate::replies::scene::Scene;

#[tokio::test]
async fn a_reply_streams_while_the_model_writes() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let mut reader = scene.reply(None).await;
    assert_eq!(reader.headers["content-type"], "text/event-stream");
    assert_eq!(reader.headers["x-vercel-ai-ui-message-stream"], "v1");
    let id = reader.start().await;
    let request = scene.request(1).await;
    request.step(1);
    assert_eq!(reader.text().await.as_deref(), Some("Because "));
    // The model has not written the rest yet.
    assert_eq!(request.state(), RequestState::Open);
    assert_eq!(scene.message(&id).await["status"], "streaming");
    request.step(3);
    assert_eq!(reader.rest().await, "I do.");
    assert_eq!(reader.status(), "complete");
    let message = scene.message(&id).await;
    assert_eq!(message["content"], "Because I do.");
    assert_eq!(message["status"], "complete");
    assert_eq!(message["role"], "assistant");
    assert_eq!(message["model"], "emulator");
}

#[tokio::test]
async fn the_events_are_those_of_the_ai_sdk() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::immediate("Hé!")).await;
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    reader.rest().await;
    let user_message = scene.messages().await[0]["id"].clone();
    let kinds: Vec<_> = reader.events.iter().map(|event| event.data["type"].as_str().unwrap_or("[DONE]")).collect();
    assert_eq!(kinds, ["start", "text-start", "text-delta", "text-end", "message-metadata", "finish", "[DONE]"]);
    assert_eq!(
        reader.events[0].data,
        json!({"type": "start", "messageId": id, "messageMetadata": {"status": "streaming", "user_message_id": user_message}})
    );
    assert_eq!(reader.events[2].data, json!({"type": "text-delta", "id": "0", "delta": "Hé!"}));
    // The number of characters, not of bytes.
    assert_eq!((reader.events[0].id.as_deref(), reader.events[2].id.as_deref()), (Some("0"), Some("3")));
}

#[tokio::test]
async fn the_model_gets_the_thread_and_the_chosen_name() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::immediate("Because.")).await;
    scene.caller.create_message(&scene.thread, "Earlier").await;
    let body = json!({"content": scene.marker, "model": "other-emulator"});
    let mut reader = scene.post(&body, None).await;
    let id = reader.start().await;
    reader.rest().await;
    let request = scene.request(1).await;
    assert_eq!(request.model(), "other-emulator");
    assert_eq!(request.messages(), [("user", "Earlier"), ("user", &scene.marker)]);
    assert_eq!(scene.message(&id).await["model"], "other-emulator");
}

#[tokio::test]
async fn a_reply_goes_on_without_its_client() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let (reader, id) = scene.begun().await;
    let request = scene.request(1).await;
    drop(reader);
    request.step(3);
    assert_eq!(request.end().await, RequestState::Ended);
    assert_eq!(scene.ended(&id).await, ("complete".to_owned(), "Because I do.".to_owned()));
}
