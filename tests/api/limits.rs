//! Limits: a value at the limit is accepted. A value one past the limit is refused by the name of its field, and
//! nothing is stored.

mod body;
mod content;
mod model;
mod page;
mod parts;
mod settings;
mod title;

use harness::{Answer, Usher};
use reqwest::Method;
use serde_json::Value;

use crate::caller::Caller;

/// A character in every value that the tests send. A response that refuses the value must not contain it.
const SECRET: &str = "é";

/// Asserts the limit of a field: the first body is accepted and the second is refused.
async fn assert_limit(caller: &Caller<'_>, method: Method, path: &str, field: &str, [at, past]: [&Value; 2]) {
    let row = format!("one past the limit of {field}");
    let refused =
        caller.expect_refused(SECRET, caller.send_json(method.clone(), path, past.to_string())).await.labeled(&row);
    refused.expect_problem(422, "invalid-field");
    assert_eq!(refused.fields(), [field], "{row}");

    let accepted = caller.send_json(method, path, at.to_string()).await.labeled(&format!("at the limit of {field}"));
    assert!(accepted.status.is_success(), "{}: {} {}", accepted.exchange, accepted.status, accepted.body);
}

/// Pairs of texts: one of `bytes` bytes, and one that is a byte longer. The characters have 1 to 4 bytes.
fn boundary_texts(bytes: usize) -> Vec<[String; 2]> {
    let text = |character: &str| {
        let text = character.repeat(bytes / character.len()) + &"a".repeat(bytes % character.len());
        assert_eq!(text.len(), bytes);
        text
    };
    let mut pairs: Vec<_> = ["a", "é", "€", "👩"].map(|c| [text(c), text(c) + "a"]).into();
    // The same number of characters, but one byte more.
    pairs.push([text("a"), text("a")[1..].to_owned() + "é"]);
    pairs
}

async fn create_caller_with_thread(usher: &Usher) -> (Caller<'_>, String) {
    let caller = Caller::new(usher).await;
    let thread = caller.create_thread().await;
    (caller, thread)
}

/// Reads the newest message of a thread.
async fn get_last_message(caller: &Caller<'_>, thread: &str) -> Value {
    let page: Answer = caller.get(&format!("{thread}/messages?limit=100")).await;
    page.expect_json()["items"].as_array().unwrap().last().unwrap().clone()
}
