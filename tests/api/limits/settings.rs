//! Settings: at most 16 KB of JSON after the change.

use harness::Usher;
use serde_json::{Value, json};

use super::SECRET;
use crate::caller::Caller;

const BYTES: usize = 16 * 1024;

/// Settings of `bytes` bytes, made of this character.
fn settings_of_bytes(bytes: usize, character: &str) -> Value {
    let room = bytes - json!({"k": ""}).to_string().len();
    let text = character.repeat(room / character.len()) + &"a".repeat(room % character.len());
    let settings = json!({"k": text});
    assert_eq!(settings.to_string().len(), bytes);
    settings
}

#[tokio::test]
async fn settings_are_limited_to_16_kb_of_utf_8() {
    let usher = Usher::shared().await;
    for character in ["é", "€", "👩"] {
        let ada = Caller::new(&usher).await;
        let past = settings_of_bytes(BYTES + 1, character);
        let refused = ada.expect_refused(character, ada.patch("/settings", &past)).await;
        refused.expect_problem(422, "settings-too-large");
        assert_eq!(refused.fields(), ["body"]);

        let at = settings_of_bytes(BYTES, character);
        assert_eq!(ada.patch("/settings", &at).await.expect_json(), at);
        assert_eq!(ada.get("/settings").await.expect_json(), at);
    }
}

#[tokio::test]
async fn the_limit_applies_to_the_settings_after_the_change() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let full = settings_of_bytes(BYTES, "é");
    ada.patch("/settings", &full).await.expect_json();
    let one_more = ada.expect_refused(SECRET, ada.patch("/settings", &json!({"l": "é"}))).await;
    one_more.expect_problem(422, "settings-too-large");
    assert_eq!(ada.get("/settings").await.expect_json(), full);

    // A patch may exceed the limit of the settings if it makes them shorter.
    let mut patch: Value = (0..4_000).map(|number| (format!("absent_{number}"), Value::Null)).collect();
    patch["k"] = json!("short");
    assert!(patch.to_string().len() > 4 * BYTES);
    assert_eq!(ada.patch("/settings", &patch).await.expect_json(), json!({"k": "short"}));
}
