//! Live updates of a reply that grows.

use std::time::Instant;

use harness::Usher;
use model_emulator::{Pace, Script};

use crate::replies::scene::Scene;

#[tokio::test]
async fn every_tab_is_told_as_a_reply_grows() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let mut socket = usher.connect_live(&scene.caller.id).await;
    let (thread, messages) = (scene.thread[1..].to_owned(), format!("{}/messages", &scene.thread[1..]));
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    socket.changed(["threads", &thread, &messages]).await;
    let request = scene.request(1).await;
    for text in ["Because ", "Because I "] {
        request.step(1);
        while scene.message(&id).await["content"] != text {
            socket.changed([messages.as_str()]).await;
        }
    }
    request.step(2);
    reader.rest().await;
    socket.changed(["threads", &thread, &messages]).await;
    assert_eq!(scene.message(&id).await["status"], "complete");
}

/// The model sends a word every 50 ms, and 20 words a second are more than an eighth for 8 seconds.
#[tokio::test]
async fn a_fast_reply_rings_at_most_once_a_second() {
    let usher = Usher::shared().await;
    let script = Script { pace: Some(Pace::Milliseconds(50)), ..Script::immediate(&"word ".repeat(80)) };
    let scene = Scene::new(&usher, script).await;
    let mut socket = usher.connect_live(&scene.caller.id).await;
    let messages = format!("{}/messages", &scene.thread[1..]);
    let began = Instant::now();
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    let mut bells = 0;
    // The end of the reply rings, too.
    while scene.message(&id).await["status"] == "streaming" {
        let message = socket.next().await.unwrap();
        bells += u64::from(message["keys"].as_array().unwrap().iter().any(|key| *key == messages));
    }
    let seconds = began.elapsed().as_secs();
    // The beginning has two rows of messages, and the end has one.
    assert!(bells <= seconds + 3, "{bells} bells in {seconds} s");
    reader.rest().await;
    assert!(reader.events.iter().filter(|event| event.data["type"] == "text-delta").count() > 40);
}
