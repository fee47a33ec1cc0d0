//! Limits: at each it works, one past it nothing is stored and the field is named.

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

/// In every value that is sent here, and never in an answer that refuses it.
const SECRET: &str = "é";

/// Holds a limit of a field: of these bodies the first is taken, the second refused.
async fn assert_limit(caller: &Caller<'_>, method: Method, path: &str, field: &str, [at, past]: [&Value; 2]) {
    let row = format!("one past the limit of {field}");
    let refused = caller.expect_refused(SECRET, caller.ask(method.clone(), path, past.to_string())).await.labeled(&row);
    refused.expect_problem(422, "invalid-field");
    assert_eq!(refused.fields(), [field], "{row}");

    let taken = caller.ask(method, path, at.to_string()).await.labeled(&format!("at the limit of {field}"));
    assert!(taken.status.is_success(), "{}: {} {}", taken.exchange, taken.status, taken.body);
}

/// Texts of so many bytes, of characters of 1 to 4 bytes, and the same with one byte or character more.
fn texts_of_bytes(bytes: usize) -> Vec<[String; 2]> {
    let text = |character: &str| {
        let text = character.repeat(bytes / character.len()) + &"a".repeat(bytes % character.len());
        assert_eq!(text.len(), bytes);
        text
    };
    let mut pairs: Vec<_> = ["a", "é", "€", "👩"].map(|c| [text(c), text(c) + "a"]).into();
    // As many characters, and more bytes.
    pairs.push([text("a"), text("a")[1..].to_owned() + "é"]);
    pairs
}

async fn caller_with_thread(usher: &Usher) -> (Caller<'_>, String) {
    let caller = Caller::new(usher).await;
    let thread = caller.new_thread().await;
    (caller, thread)
}

/// What was stored can be read back.
async fn last_message(caller: &Caller<'_>, thread: &str) -> Value {
    let page: Answer = caller.get(&format!("{thread}/messages?limit=100")).await;
    page.expect_json()["items"].as_array().unwrap().last().unwrap().clone()
}
