//! What ends a reply: a stop from any device, and the end of its thread, its user or the permission.

use std::time::{Duration, Instant};

use harness::{Usher, now_ms, user_object};
use model_emulator::{RequestState, Script};
use serde_json::{Value, json};

use crate::replies::scene::Scene;

/// The time within which the model is left. A little more than promised, because all tests run at once.
const SOON: Duration = Duration::from_secs(3);

/// Asserts that the model is left within a second of `cause`.
async fn assert_left(scene: &Scene<'_>, cause: impl Future<Output = ()>) {
    let request = scene.request(1).await;
    assert_eq!(request.state(), RequestState::Open);
    cause.await;
    let since = Instant::now();
    assert_eq!(request.end().await, RequestState::Closed);
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
}

#[tokio::test]
async fn a_reply_is_stopped_from_another_device() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let (mut reader, id) = scene.begun().await;
    assert_left(&scene, scene.stop(&id)).await;
    assert_eq!(reader.rest().await, "");
    assert_eq!((reader.status(), reader.end()), ("stopped", "abort"));
    assert_eq!(scene.message(&id).await["status"], "stopped");
    // A repeat changes nothing.
    scene.stop(&id).await;
    assert_eq!(scene.message(&id).await["status"], "stopped");
}

#[tokio::test]
async fn a_reply_that_is_complete_is_not_stopped() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::immediate("Because.")).await;
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    reader.rest().await;
    scene.stop(&id).await;
    assert_eq!(scene.message(&id).await["status"], "complete");
    let user_message = scene.messages().await[0]["id"].as_str().unwrap().to_owned();
    let path = |id: &str| format!("{}/replies/{id}", scene.thread);
    for id in [user_message.as_str(), "0192f0c1-2345-7abc-8def-0123456789ab", "rubbish"] {
        scene.caller.delete(&path(id)).await.expect_problem(404, "not-found");
    }
}

#[tokio::test]
async fn a_deleted_thread_ends_its_reply() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let (mut reader, _) = scene.begun().await;
    assert_left(&scene, async { scene.caller.delete(&scene.thread).await.assert_no_content() }).await;
    reader.rest().await;
    assert_eq!(reader.end(), "error");
    assert_eq!(scene.caller.count_rows("MESSAGE#").await, 0);
}

#[tokio::test]
async fn a_deleted_account_ends_its_replies() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let (mut reader, _) = scene.begun().await;
    assert_left(&scene, usher.deliver_user_deleted(&scene.caller.id)).await;
    reader.rest().await;
    assert_eq!(reader.end(), "error");
    assert_eq!(scene.caller.sort_keys().await, ["USER"]);
}

#[tokio::test]
async fn a_ban_ends_the_replies_of_the_user() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let (mut reader, _) = scene.begun().await;
    let mut object: Value = serde_json::from_str(&user_object(&scene.caller.id, now_ms() + 1)).unwrap();
    object["banned"] = json!(true);
    let ban = usher.event("user.updated", &object.to_string(), now_ms() + 1);
    assert_left(&scene, async { usher.deliver(ban).await.assert_outcome("updated") }).await;
    reader.rest().await;
    assert_eq!((reader.status(), reader.end()), ("interrupted", "error"));
}
