//! Parts: at most 256 KB of JSON, so that no item exceeds the limit of DynamoDB.

use harness::Usher;
use reqwest::Method;
use serde_json::{Value, json};

use super::{SECRET, create_caller_with_thread, get_last_message};

const BYTES: usize = 256 * 1024;

/// Parts as they are sent and as they are stored, of `bytes` bytes in the stored form. A number sent as `1e15` is
/// stored in a longer form, so the parts reach their limit in a body below its own limit of 256 KB.
fn parts_of_numbers(bytes: usize) -> [String; 2] {
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
async fn parts_are_limited_to_256_kb_beside_the_longest_content() {
    let usher = Usher::shared().await;
    let (ada, thread) = create_caller_with_thread(&usher).await;
    let path = format!("{thread}/messages");
    let content = "é".repeat(50 * 1024);
    let model = "👩".repeat(100);
    let body = |parts: &str| format!(r#"{{"content":"{content}","model":"{model}","parts":{parts}}}"#);

    let [sent, _] = parts_of_numbers(BYTES + 1);
    let refused = ada.expect_refused(SECRET, ada.send_json(Method::POST, &path, body(&sent))).await;
    refused.expect_problem(422, "invalid-field");
    assert_eq!(refused.fields(), ["parts"]);

    let [sent, kept] = parts_of_numbers(BYTES);
    ada.send_json(Method::POST, &path, body(&sent)).await.expect_created();
    let message = get_last_message(&ada, &thread).await;
    assert!(message["parts"] == serde_json::from_str::<Value>(&kept).unwrap(), "the parts were changed");
    assert!(message["content"] == content.as_str() && message["model"] == model.as_str());
}

#[tokio::test]
async fn both_halves_of_an_exchange_may_hold_the_longest_parts() {
    let usher = Usher::shared().await;
    let (ada, thread) = create_caller_with_thread(&usher).await;
    let path = format!("{thread}/exchanges");
    let [at, _] = parts_of_numbers(BYTES);
    let [past, _] = parts_of_numbers(BYTES + 1);
    let said = |parts: &str| format!(r#"{{"content":"a","parts":{parts}}}"#);
    for (user, assistant, field) in [(&past, &at, "user.parts"), (&at, &past, "assistant.parts")] {
        let body = format!(r#"{{"user":{},"assistant":{}}}"#, said(user), said(assistant));
        let refused = ada.expect_refused(SECRET, ada.send_json(Method::POST, &path, body)).await;
        refused.expect_problem(422, "invalid-field");
        assert_eq!(refused.fields(), [field]);
    }
    let body = format!(r#"{{"user":{},"assistant":{}}}"#, said(&at), said(&at));
    ada.send_json(Method::POST, &path, body).await.expect_created();
}

#[tokio::test]
async fn parts_must_be_objects_with_a_type() {
    let usher = Usher::shared().await;
    let (ada, thread) = create_caller_with_thread(&usher).await;
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
