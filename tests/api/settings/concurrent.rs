//! Concurrent changes.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use harness::Usher;
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::caller::Caller;

/// The number of concurrent changes. The store retries often enough for all of them to succeed.
const CHANGES: u64 = 10;

#[tokio::test]
async fn concurrent_changes_are_all_kept_with_their_own_versions() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for round in 1..=3 {
        let patches = (0..CHANGES).map(|number| {
            let patch = json!({"shared": {format!("key_{number}"): round}, format!("own_{number}"): round});
            let ada = &ada;
            async move { ada.patch("/settings", &patch).await }
        });
        let answers = join_all(patches).await;
        for (number, answer) in answers.iter().enumerate() {
            assert_eq!(
                answer.expect_json()["shared"][format!("key_{number}")],
                round,
                "the response contains its own change"
            );
        }
        let tags: BTreeSet<_> = answers.iter().map(|answer| answer.header("etag").unwrap().to_owned()).collect();
        let versions = ((round - 1) * CHANGES + 1)..=(round * CHANGES);
        assert_eq!(tags, versions.map(|version| format!("\"{version}\"")).collect());

        let keys = |prefix: &str| -> Map<String, Value> {
            (0..CHANGES).map(|number| (format!("{prefix}_{number}"), json!(round))).collect()
        };
        let mut expected = keys("own");
        expected.insert("shared".to_owned(), Value::Object(keys("key")));
        assert_eq!(ada.get("/settings").await.expect_json(), Value::Object(expected));
    }
}

/// The user caused the conflict, so the response is not a server error and raises no alarm.
#[tokio::test]
async fn excess_concurrent_changes_get_409_instead_of_503() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let patches = (0..60).map(|number| {
        let ada = &ada;
        async move { (number, ada.patch("/settings", &json!({format!("key_{number}"): number})).await) }
    });
    let mut accepted = Map::new();
    for (number, answer) in join_all(patches).await {
        if answer.status == StatusCode::OK {
            accepted.insert(format!("key_{number}"), json!(number));
        } else {
            answer.expect_problem(409, "conflict");
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
    }
    assert!(accepted.len() >= 10, "{accepted:?}");
    assert_eq!(ada.get("/settings").await.expect_json(), Value::Object(accepted));
}

#[tokio::test]
async fn only_one_change_to_a_version_succeeds() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    ada.patch("/settings", &json!({"count": 0})).await.expect_json();
    let tag = ada.get("/settings").await.header("etag").unwrap().to_owned();
    let headers = [("content-type", "application/json".to_owned()), ("if-match", tag)];
    let changes = (1..=CHANGES).map(|number| {
        let body = json!({"count": number}).to_string();
        ada.call(Method::PATCH, "/settings", &headers, body.into())
    });
    let answers = join_all(changes).await;
    let (accepted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(accepted.len(), 1);
    for answer in refused {
        answer.expect_problem(412, "version-mismatch");
    }
    assert_eq!(ada.get("/settings").await.expect_json(), accepted[0].expect_json());
}
