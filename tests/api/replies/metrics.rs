//! The count of replies, by how they ended.

use model_emulator::Script;
use serde_json::json;

use crate::{
    metrics::{start_with_json_logs, wait_for_metric},
    replies::scene::Scene,
};

#[tokio::test]
async fn replies_are_counted_by_their_ends() {
    let usher = start_with_json_logs().await;
    let counted = async |status: &str| wait_for_metric(&usher, "Replies", json!({"Status": status})).await;
    for (script, status) in [(Script::immediate("Because."), "complete"), (Script::refusal(500), "failed")] {
        let scene = Scene::new(&usher, script).await;
        scene.reply(None).await.rest().await;
        assert_eq!(counted(status).await, 1);
    }
    let scene = Scene::new(&usher, Script::stepped("Because I do.")).await;
    for status in ["stopped", "interrupted"] {
        let mut reader = scene.reply(None).await;
        let id = reader.start().await;
        match status {
            "stopped" => scene.stop(&id).await,
            _ => scene.caller.delete(&scene.thread).await.assert_no_content(),
        }
        reader.rest().await;
        assert_eq!(counted(status).await, 1);
    }
}
