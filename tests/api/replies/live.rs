//! Live updates of a reply that grows.

use harness::Usher;
use model_emulator::Script;

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
