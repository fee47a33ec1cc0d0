//! Settings: 16 KB of JSON after the change.

use harness::Usher;
use serde_json::{Value, json};

use super::SECRET;
use crate::caller::Caller;

const BYTES: usize = 16 * 1024;

/// Settings of so many bytes, in characters of so many.
fn of_bytes(bytes: usize, character: &str) -> Value {
    let room = bytes - json!({"k": ""}).to_string().len();
    let text = character.repeat(room / character.len()) + &"a".repeat(room % character.len());
    let settings = json!({"k": text});
    assert_eq!(settings.to_string().len(), bytes);
    settings
}

#[tokio::test]
async fn settings_have_16_kb_at_most_whatever_their_characters() {
    let usher = Usher::shared().await;
    for character in ["é", "€", "👩"] {
        let ada = Caller::new(&usher).await;
        let past = of_bytes(BYTES + 1, character);
        let refused = ada.expect_refused(character, ada.patch("/settings", &past)).await;
        refused.expect_problem(422, "settings-too-large");
        assert_eq!(refused.fields(), ["body"]);

        let at = of_bytes(BYTES, character);
        assert_eq!(ada.patch("/settings", &at).await.expect_json(), at);
        assert_eq!(ada.get("/settings").await.expect_json(), at);
    }
}

#[tokio::test]
async fn what_counts_is_what_a_change_makes_of_them() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let full = of_bytes(BYTES, "é");
    ada.patch("/settings", &full).await.expect_json();
    let one_more = ada.expect_refused(SECRET, ada.patch("/settings", &json!({"l": "é"}))).await;
    one_more.expect_problem(422, "settings-too-large");
    assert_eq!(ada.get("/settings").await.expect_json(), full);

    // A change that is longer than the settings may be, but makes them shorter.
    let mut patch: Value = (0..4_000).map(|number| (format!("absent_{number}"), Value::Null)).collect();
    patch["k"] = json!("short");
    assert!(patch.to_string().len() > 4 * BYTES);
    assert_eq!(ada.patch("/settings", &patch).await.expect_json(), json!({"k": "short"}));
}
