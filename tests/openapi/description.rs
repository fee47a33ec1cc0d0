//! The committed description is the one that the template, the contract and the recorded examples make.

use harness::Usher;
use reqwest::Method;
use serde_json::Value;
use usher_openapi::{compatibility, to_text};

use crate::{
    examples::record_examples,
    files::{DESCRIPTION, EXAMPLES, PUBLISHED, assert_file, describe, read},
};

/// Also holds the examples: they are answers of the running API.
#[tokio::test]
async fn the_committed_description_and_examples_are_current() {
    let examples = record_examples().await;
    assert_file(EXAMPLES, &to_text(&examples));
    assert_file(DESCRIPTION, &to_text(&describe(&examples)));
}

#[test]
fn a_description_that_is_made_twice_is_the_same() {
    let examples = read(EXAMPLES);
    assert_eq!(to_text(&describe(&examples)), to_text(&describe(&examples)));
}

#[tokio::test]
async fn cargo_dev_serves_the_committed_description() {
    let usher = Usher::shared().await;
    let answer = usher.call(Method::GET, "/openapi.json", &[], Vec::new()).await;
    assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap(), read(DESCRIPTION));
}

#[test]
fn a_breaking_change_needs_a_higher_version() {
    let result = compatibility::check(&read(PUBLISHED), &read(DESCRIPTION));
    result.unwrap_or_else(|error| panic!("{error}"));
}
