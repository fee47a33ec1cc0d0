//! Reading a reply after the connection was lost, or on another device.

use harness::Usher;
use model_emulator::Script;

use crate::replies::scene::Scene;

#[tokio::test]
async fn a_reply_is_resumed_while_it_is_written() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let (reader, id) = scene.begun().await;
    let request = scene.request(1).await;
    drop(reader);
    let mut resumed = scene.resume(&id, 4).await;
    assert_eq!(resumed.start().await, id);
    assert_eq!(resumed.text().await.as_deref(), Some("use "));
    request.step(3);
    assert_eq!(resumed.rest().await, "I do.");
    assert_eq!(resumed.status(), "complete");
    let ids: Vec<_> = resumed.events.iter().filter_map(|event| event.id.clone()).collect();
    assert_eq!((ids.first().unwrap().as_str(), ids.last().unwrap().as_str()), ("4", "13"));
}

#[tokio::test]
async fn a_finished_reply_can_be_read_from_any_character() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::immediate("Wie schön!")).await;
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    reader.rest().await;
    for (offset, text) in [(0, "Wie schön!"), (7, "ön!"), (8, "n!"), (10, ""), (11, "")] {
        let mut resumed = scene.resume(&id, offset).await;
        resumed.start().await;
        assert_eq!(resumed.rest().await, text, "{offset}");
        assert_eq!(resumed.status(), "complete");
    }
}

#[tokio::test]
async fn an_offset_is_a_whole_number() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::immediate("Because.")).await;
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    reader.rest().await;
    for query in ["offset=-1", "offset=%2B1", "offset=1.5", "offset=", "offset=1&offset=2", "from=1"] {
        let path = format!("{}/{id}?{query}", scene.replies());
        scene.caller.get(&path).await.expect_problem(400, "invalid-query");
    }
}

#[tokio::test]
async fn nobody_resumes_the_reply_of_another_user() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::immediate("Because.")).await;
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    reader.rest().await;
    let other = Scene::new(&usher, Script::default()).await;
    let other = Scene { thread: scene.thread.clone(), ..other };
    other.resume(&id, 0).await.into_answer().await.expect_problem(404, "not-found");
    other.reply(None).await.into_answer().await.expect_problem(404, "not-found");
    other.caller.delete(&format!("{}/replies/{id}", scene.thread)).await.expect_problem(404, "not-found");
}
