//! The death of the writer, and the repeat of its request.

use std::process::Command;

use harness::{Usher, eventually, integer, number, text};
use model_emulator::{RequestState, Script};
use serde_json::json;

use crate::replies::scene::Scene;

/// Kills every process that writes replies.
async fn kill_writers(usher: &Usher) {
    let processes = usher.processes("create-reply");
    for process in &processes {
        assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
    }
    let gone = async || usher.processes("create-reply").iter().all(|left| !processes.contains(left)).then_some(());
    eventually("the death of the writers", gone).await;
}

/// Ends the leases of the replies of the user, as if half a minute had passed.
async fn end_leases(scene: &Scene<'_>) {
    let rows = scene.caller.rows().await.into_iter().filter(|row| row.contains_key("leased_until"));
    let ended = rows.map(|mut row| {
        row.insert("leased_until".to_owned(), integer(number(&row, "leased_until") - 60_000));
        row
    });
    scene.usher.seed(ended).await;
}

#[tokio::test]
async fn a_repeat_goes_on_with_the_reply_of_a_dead_writer() {
    let usher = Usher::with_options(|_| {}).await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let mut reader = scene.reply(Some("once")).await;
    let id = reader.start().await;
    let request = scene.request(1).await;
    request.step(1);
    reader.text().await;
    let stored = async || (scene.message(&id).await["content"] == "Because ").then_some(());
    eventually("the first write", stored).await;
    kill_writers(&usher).await;
    assert_eq!(request.end().await, RequestState::Closed);
    end_leases(&scene).await;
    assert_eq!(scene.ended(&id).await, ("interrupted".to_owned(), "Because ".to_owned()));

    usher.stack().model().set_script(&scene.marker, Script::immediate("I did."));
    let mut repeat = scene.reply(Some("once")).await;
    assert_eq!(repeat.start().await, id);
    assert_eq!(repeat.rest().await, "Because I did.");
    assert_eq!(scene.ended(&id).await, ("complete".to_owned(), "Because I did.".to_owned()));
    let second = scene.request(2).await;
    let messages = second.messages();
    assert_eq!(messages[..2], [("user", scene.marker.as_str()), ("assistant", "Because ")]);
    assert_eq!(messages[2].0, "system");
    // Another repeat only reads.
    let mut repeat = scene.reply(Some("once")).await;
    assert_eq!((repeat.start().await, repeat.rest().await), (id, "Because I did.".to_owned()));
    assert_eq!(usher.stack().model().requests(&scene.marker).len(), 2);
    assert_eq!(scene.messages().await.len(), 2);
}

#[tokio::test]
async fn a_writer_that_dies_at_any_write_leaves_what_it_stored() {
    let usher = Usher::with_options(|_| {}).await;
    let words = ["Because ", "I ", "do."];
    for written in 0..=words.len() {
        let scene = Scene::new(&usher, Script::stepped(&words.concat())).await;
        let mut reader = scene.reply(Some("once")).await;
        let id = reader.start().await;
        let request = scene.request(1).await;
        for known in 1..=written {
            request.step(1);
            let stored = async || (scene.message(&id).await["content"] == words[..known].concat()).then_some(());
            eventually("the next write", stored).await;
        }
        kill_writers(&usher).await;
        end_leases(&scene).await;
        assert_eq!(scene.ended(&id).await, ("interrupted".to_owned(), words[..written].concat()));
        usher.stack().model().set_script(&scene.marker, Script::immediate("!"));
        let mut repeat = scene.reply(Some("once")).await;
        repeat.start().await;
        assert_eq!(repeat.rest().await, words[..written].concat() + "!");
        assert_eq!(scene.ended(&id).await.0, "complete");
    }
}

/// The model thinks for longer than the lease in the row lasts.
#[tokio::test]
async fn a_reply_of_a_silent_model_is_not_interrupted() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    let row = async |key: &str| {
        let rows = scene.caller.rows().await;
        rows.into_iter().find(|row| text(row, "sk").contains(key)).unwrap()
    };
    let place_until = async || number(&row("REPLY#").await, "leased_until");
    let (mut message, until) = (row(&id).await, place_until().await);
    message.insert("leased_until".to_owned(), integer(until - 60_000));
    usher.seed([message.clone()]).await;
    eventually("the renewal of the lease", async || (place_until().await > until).then_some(())).await;
    assert_eq!(scene.message(&id).await["status"], "streaming");
    assert_eq!(row(&id).await, message);
}

#[tokio::test]
async fn a_repeat_reads_along_while_the_first_request_writes() {
    let usher = Usher::shared().await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let mut reader = scene.reply(Some("once")).await;
    let id = reader.start().await;
    let mut repeat = scene.reply(Some("once")).await;
    assert_eq!(repeat.start().await, id);
    scene.request(1).await.step(4);
    assert_eq!(reader.rest().await, "Because I do.");
    assert_eq!(repeat.rest().await, "Because I do.");
    assert_eq!(usher.stack().model().requests(&scene.marker).len(), 1);
    let body = json!({"content": "Something else"});
    let other = scene.post(&body, Some("once")).await.into_answer().await;
    other.expect_problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn a_reply_of_a_dead_writer_can_be_resumed_and_stopped() {
    let usher = Usher::with_options(|_| {}).await;
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    let mut reader = scene.reply(None).await;
    let id = reader.start().await;
    kill_writers(&usher).await;
    end_leases(&scene).await;
    let mut resumed = scene.resume(&id, 0).await;
    resumed.start().await;
    resumed.rest().await;
    assert_eq!((resumed.status(), resumed.end()), ("interrupted", "error"));
    scene.stop(&id).await;
    assert_eq!(scene.message(&id).await["status"], "stopped");
    let rows = scene.caller.rows().await;
    let row = rows.iter().find(|row| text(row, "sk").ends_with(&id)).unwrap();
    assert!(!row.contains_key("leased_by"));
}
