//! The title of a thread after its first reply.

use harness::{Usher, eventually};
use model_emulator::Script;
use serde_json::{Value, json};

use crate::replies::scene::Scene;

async fn title(scene: &Scene<'_>) -> Value {
    scene.caller.get(&scene.thread).await.expect_json()["title"].clone()
}

#[tokio::test]
async fn an_untitled_thread_gets_a_title_after_its_first_reply() {
    let usher = Usher::shared().await;
    let scene = Scene::untitled(&usher, Script::immediate("\"Because I do.\"")).await;
    let mut reader = scene.reply(None).await;
    reader.start().await;
    reader.rest().await;
    assert_eq!(title(&scene).await, "Because I do");
    let request = scene.request(2).await;
    let messages = request.messages();
    assert!(messages[0].0 == "system" && messages[0].1.contains("title"), "{messages:?}");
    assert_eq!(messages[1..], [("user", scene.marker.as_str()), ("assistant", "\"Because I do.\"")]);

    // A user may not want a title.
    scene.caller.patch(&scene.thread, &json!({"title": null})).await.expect_json();
    let mut reader = scene.reply(None).await;
    reader.start().await;
    reader.rest().await;
    assert_eq!(title(&scene).await, Value::Null);
    assert_eq!(usher.stack().model().requests(&scene.marker).len(), 3);
}

#[tokio::test]
async fn a_title_that_the_user_gave_meanwhile_stays() {
    let usher = Usher::shared().await;
    let scene = Scene::untitled(&usher, Script::stepped("Because.")).await;
    let mut reader = scene.reply(None).await;
    reader.start().await;
    scene.request(1).await.step(2);
    let asked = scene.request(2).await;
    scene.caller.patch(&scene.thread, &json!({"title": "Mine"})).await.expect_json();
    asked.step(2);
    reader.rest().await;
    assert_eq!(title(&scene).await, "Mine");
}

#[tokio::test]
async fn titles_can_be_turned_off() {
    let usher = Usher::with_environment([("MODEL_TITLES", Some("false"))]).await;
    let scene = Scene::untitled(&usher, Script::immediate("Because.")).await;
    let mut reader = scene.reply(None).await;
    reader.start().await;
    reader.rest().await;
    assert_eq!(title(&scene).await, Value::Null);
    assert_eq!(usher.stack().model().requests(&scene.marker).len(), 1);
}

#[tokio::test]
async fn a_reply_is_complete_although_its_title_fails() {
    let usher = Usher::shared().await;
    let scene = Scene::untitled(&usher, Script::stepped("Because.")).await;
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    let request = scene.request(1).await;
    usher.stack().model().set_script(&scene.marker, Script::refusal(429));
    request.step(2);
    reader.rest().await;
    let asked = async || (usher.stack().model().requests(&scene.marker).len() == 2).then_some(());
    eventually("the request for a title", asked).await;
    assert_eq!(scene.message(&id).await["status"], "complete");
    assert_eq!(title(&scene).await, Value::Null);
}
