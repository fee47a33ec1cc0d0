//! Problems as a caller and an operator see them.

use std::collections::BTreeSet;

use harness::{Usher, new_user_id};
use reqwest::Method;
use serde_json::Value;

#[tokio::test]
async fn a_problem_has_the_rfc_9457_members_and_a_request_id() {
    let usher = Usher::shared().await;
    let answer = usher.get("/users/me", &usher.session_token(&new_user_id())).await;
    answer.expect_problem(404, "user-not-synced");
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    let members: BTreeSet<_> = problem.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["detail", "request_id", "status", "title", "type"].into());
}

#[tokio::test]
async fn the_log_line_of_a_problem_is_found_by_its_request_id() {
    let usher = Usher::shared().await;
    let answer = usher.get("/users/me", "no.token.at-all").await;
    answer.expect_unauthorized("invalid-token");
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    let line = usher.logs().line_with(problem["request_id"].as_str().unwrap()).await;
    for part in ["GET /users/me", "401", "invalid-token"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

#[tokio::test]
async fn two_requests_have_different_ids() {
    let usher = Usher::shared().await;
    let id = async || {
        let answer = usher.get("/users/me", "").await;
        answer.expect_unauthorized("invalid-token");
        serde_json::from_str::<Value>(&answer.body).unwrap()["request_id"].as_str().unwrap().to_owned()
    };
    assert_ne!(id().await, id().await);
}

/// API Gateway returns these before a function is invoked, so they are not problems.
#[tokio::test]
async fn the_documented_errors_of_api_gateway_have_their_bodies() {
    let usher = Usher::shared().await;
    let document = local::find_template().with_file_name("functions/README.md");
    let document = std::fs::read_to_string(document).unwrap();
    for (path, body, status) in [("/nothing", 0, 404), ("/threads", 10 * 1024 * 1024 + 1, 413)] {
        let answer = usher.call(Method::POST, path, &[], vec![b' '; body]).await;
        answer.assert_status(status);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert!(document.contains(&format!("| {status} | `{}` |", answer.body)), "{}", answer.body);
    }
}
