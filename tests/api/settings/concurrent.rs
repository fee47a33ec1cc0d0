//! Changes at the same time.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use harness::Usher;
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::caller::Caller;

/// No more than a change is tried again, so that each comes through.
const AT_ONCE: u64 = 10;

#[tokio::test]
async fn no_change_is_lost_and_each_has_a_version_of_its_own() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for round in 1..=3 {
        let patches = (0..AT_ONCE).map(|number| {
            let patch = json!({"shared": {format!("key_{number}"): round}, format!("own_{number}"): round});
            let ada = &ada;
            async move { ada.patch("/settings", &patch).await }
        });
        let answers = join_all(patches).await;
        for (number, answer) in answers.iter().enumerate() {
            assert_eq!(answer.expect_json()["shared"][format!("key_{number}")], round, "an answer has its own change");
        }
        let tags: BTreeSet<_> = answers.iter().map(|answer| answer.header("etag").unwrap().to_owned()).collect();
        let versions = ((round - 1) * AT_ONCE + 1)..=(round * AT_ONCE);
        assert_eq!(tags, versions.map(|version| format!("\"{version}\"")).collect());

        let keys = |prefix: &str| -> Map<String, Value> {
            (0..AT_ONCE).map(|number| (format!("{prefix}_{number}"), json!(round))).collect()
        };
        let mut expected = keys("own");
        expected.insert("shared".to_owned(), Value::Object(keys("key")));
        assert_eq!(ada.get("/settings").await.expect_json(), Value::Object(expected));
    }
}

/// A user who is in the user's own way is told so. Nothing failed on this side, so no alarm may hear of it.
#[tokio::test]
async fn too_many_changes_at_once_are_a_conflict_and_not_an_outage() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let patches = (0..60).map(|number| {
        let ada = &ada;
        async move { (number, ada.patch("/settings", &json!({format!("key_{number}"): number})).await) }
    });
    let mut made = Map::new();
    for (number, answer) in join_all(patches).await {
        if answer.status == StatusCode::OK {
            made.insert(format!("key_{number}"), json!(number));
        } else {
            answer.expect_problem(409, "conflict");
            assert_eq!(answer.header("retry-after"), Some("1"));
        }
    }
    assert!(made.len() >= 10, "{made:?}");
    assert_eq!(ada.get("/settings").await.expect_json(), Value::Object(made));
}

#[tokio::test]
async fn of_changes_to_one_version_one_is_made() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    ada.patch("/settings", &json!({"count": 0})).await.expect_json();
    let tag = ada.get("/settings").await.header("etag").unwrap().to_owned();
    let headers = [("content-type", "application/json".to_owned()), ("if-match", tag)];
    let changes = (1..=AT_ONCE).map(|number| {
        let body = json!({"count": number}).to_string();
        ada.call(Method::PATCH, "/settings", &headers, body.into())
    });
    let answers = join_all(changes).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(made.len(), 1);
    for answer in refused {
        answer.expect_problem(412, "version-mismatch");
    }
    assert_eq!(ada.get("/settings").await.expect_json(), made[0].expect_json());
}
