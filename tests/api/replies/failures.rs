//! A model that refuses, breaks off or stalls.

use harness::{FaultProxy, LinkState, Usher, eventually};
use model_emulator::{End, Script};
use serde_json::json;

use crate::replies::scene::Scene;

#[tokio::test]
async fn a_reply_of_a_failing_model_says_so_and_keeps_its_text() {
    let usher = Usher::shared().await;
    let ending = |end| Script { end, ..Script::immediate("Because I") };
    for (script, text) in [
        (Script { retry_after: Some(1), ..Script::refusal(429) }, ""),
        (Script::refusal(401), ""),
        (Script::refusal(500), ""),
        (ending(End::BreakOff), "Because I"),
        (ending(End::Rubbish), "Because I"),
        (ending(End::Error), "Because I"),
    ] {
        let scene = Scene::new(&usher, script.clone()).await;
        let mut reader = scene.reply(None).await;
        let id = reader.start().await;
        assert_eq!(reader.rest().await, text, "{script:?}");
        assert_eq!((reader.status(), reader.end()), ("failed", "error"), "{script:?}");
        let message = scene.message(&id).await;
        assert_eq!((&message["status"], &message["content"]), (&json!("failed"), &json!(text)), "{script:?}");
        // The place is free again, and nobody asked the model twice.
        assert_eq!(scene.caller.count_rows("REPLY#").await, 0);
        assert_eq!(usher.stack().model().requests(&scene.marker).len(), 1);
    }
}

#[tokio::test]
async fn a_model_that_stalls_is_given_up_after_the_timeout() {
    let usher = Usher::with_environment([("MODEL_TIMEOUT_SECONDS", Some("1"))]).await;
    let scene = Scene::new(&usher, Script { end: End::Stall, ..Script::immediate("Because I") }).await;
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    assert_eq!(reader.rest().await, "Because I");
    assert_eq!(scene.message(&id).await["status"], "failed");
}

#[tokio::test]
async fn a_reply_survives_a_table_that_does_not_answer() {
    let proxy = FaultProxy::start().await;
    let usher = Usher::with_options(|options| options.storage = proxy.storage()).await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let (mut reader, id) = scene.begun().await;
    let request = scene.request(1).await;
    for link in [LinkState::Throttling, LinkState::Cut] {
        let lines = usher.logs().lines().len();
        proxy.set_link(link);
        let failed =
            async || usher.logs().lines()[lines..].iter().any(|line| line.contains("reply not stored")).then_some(());
        eventually("a write or a look that fails", failed).await;
        proxy.set_link(LinkState::Connected);
    }
    request.step(3);
    assert_eq!(reader.rest().await, "I do.");
    assert_eq!(scene.ended(&id).await, ("complete".to_owned(), "Because I do.".to_owned()));
}
