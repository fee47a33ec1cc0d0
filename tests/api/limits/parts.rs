//! Parts: 256 KB of JSON, and no item too large for the table whatever is beside them.

use harness::Usher;
use reqwest::Method;
use serde_json::{Value, json};

use super::{SECRET, caller_with_thread, last_message};

const BYTES: usize = 256 * 1024;

/// Parts that are longer as they are kept than as they are sent: how the number is written is the caller's choice, and
/// only so can a body that is itself no longer than 256 KB hold as much. Both, `bytes` as it is kept.
fn numbers(bytes: usize) -> [String; 2] {
    let parts = |number: &str, count: usize, pad: usize| {
        format!(r#"[{{"n":[{}],"type":"é{}"}}]"#, vec![number; count].join(","), "a".repeat(pad))
    };
    const KEPT: &str = "1000000000000000.0";
    let count = (bytes - 100) / (KEPT.len() + 1);
    let pad = bytes - parts(KEPT, count, 0).len();
    let [sent, kept] = ["1e15", KEPT].map(|number| parts(number, count, pad));
    assert_eq!(kept.len(), bytes);
    [sent, kept]
}

#[tokio::test]
async fn parts_have_256_kb_at_most_beside_the_longest_content_and_model() {
    let usher = Usher::shared().await;
    let (ada, thread) = caller_with_thread(&usher).await;
    let path = format!("{thread}/messages");
    let content = "é".repeat(50 * 1024);
    let model = "👩".repeat(100);
    let body = |parts: &str| format!(r#"{{"content":"{content}","model":"{model}","parts":{parts}}}"#);

    let [sent, _] = numbers(BYTES + 1);
    let refused = ada.expect_refused(SECRET, ada.ask(Method::POST, &path, body(&sent))).await;
    refused.expect_problem(422, "invalid-field");
    assert_eq!(refused.fields(), ["parts"]);

    let [sent, kept] = numbers(BYTES);
    ada.ask(Method::POST, &path, body(&sent)).await.expect_created();
    let message = last_message(&ada, &thread).await;
    assert!(message["parts"] == serde_json::from_str::<Value>(&kept).unwrap(), "the parts are others");
    assert!(message["content"] == content.as_str() && message["model"] == model.as_str());
}

#[tokio::test]
async fn both_halves_of_an_exchange_may_have_the_longest_parts() {
    let usher = Usher::shared().await;
    let (ada, thread) = caller_with_thread(&usher).await;
    let path = format!("{thread}/exchanges");
    let [at, _] = numbers(BYTES);
    let [past, _] = numbers(BYTES + 1);
    let said = |parts: &str| format!(r#"{{"content":"a","parts":{parts}}}"#);
    for (user, assistant, field) in [(&past, &at, "user.parts"), (&at, &past, "assistant.parts")] {
        let body = format!(r#"{{"user":{},"assistant":{}}}"#, said(user), said(assistant));
        let refused = ada.expect_refused(SECRET, ada.ask(Method::POST, &path, body)).await;
        refused.expect_problem(422, "invalid-field");
        assert_eq!(refused.fields(), [field]);
    }
    let body = format!(r#"{{"user":{},"assistant":{}}}"#, said(&at), said(&at));
    ada.ask(Method::POST, &path, body).await.expect_created();
}

#[tokio::test]
async fn parts_are_objects_with_a_type() {
    let usher = Usher::shared().await;
    let (ada, thread) = caller_with_thread(&usher).await;
    let path = format!("{thread}/messages");
    for parts in
        [json!({}), json!("é"), json!(1), json!(true), json!(["é"]), json!([{}]), json!([{"type": 1}]), json!([[]])]
    {
        let body = json!({"content": "a", "parts": parts});
        let refused = ada.expect_refused(SECRET, ada.post(&path, &body)).await.labeled(&body.to_string());
        refused.expect_problem(422, "invalid-field");
        assert_eq!(refused.fields(), ["parts"], "{parts}");
    }
}
