//! The binary, as a test of another app uses it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::HashMap, process::Stdio};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// Starts the binary and reads what it prints. It ends when the child is dropped.
async fn emulator(environment: &[(&str, &str)], last: &str) -> (Child, HashMap<String, String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clerk-emulator"));
    command.args(["--port", "0", "--webhook-url", "http://127.0.0.1:9"]).envs(environment.iter().copied());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut printed = HashMap::new();
    while !printed.contains_key(last) {
        let line = lines.next_line().await.unwrap().unwrap();
        let (name, value) = line.split_once('=').unwrap();
        printed.insert(name.to_owned(), value.to_owned());
    }
    (child, printed)
}

#[tokio::test]
async fn what_it_prints_is_enough_to_sign_a_user_up() {
    let (_child, printed) = emulator(&[], "CLERK_WEBHOOK_SECRET").await;
    let users = reqwest::Client::new().post(format!("{}/v1/users", printed["CLERK_API_URL"]));
    let user = json!({"email_address": ["ada@example.com"]});
    let answer = users.bearer_auth(&printed["CLERK_SECRET_KEY"]).json(&user).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().starts_with("user_"));
    let page = reqwest::Client::new().get(format!("{}/.well-known/jwks.json", printed["CLERK_ISSUER"]));
    assert_eq!(page.header("origin", "https://evil.example").send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn a_key_that_was_given_is_not_printed() {
    let (_child, printed) = emulator(&[("CLERK_SECRET_KEY", "sk_test_given")], "CLERK_WEBHOOK_SECRET").await;
    assert!(!printed.contains_key("CLERK_SECRET_KEY"));
    assert!(!printed.values().any(|value| value.contains("sk_test_given")));
    let count = reqwest::Client::new().get(format!("{}/v1/users/count", printed["CLERK_API_URL"]));
    assert_eq!(count.bearer_auth("sk_test_given").send().await.unwrap().status(), 200);
}
