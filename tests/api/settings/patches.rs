//! Merge patches, by RFC 7396's own examples.

use harness::{Usher, integer, row, string};
use reqwest::Method;
use serde_json::{Value, json};

use crate::caller::Caller;

#[tokio::test]
async fn who_never_changed_any_has_an_empty_object() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let answer = ada.get("/settings").await;
    assert_eq!(answer.expect_json(), json!({}));
    assert_eq!(answer.header("etag"), Some(r#""0""#));
    assert_eq!(ada.sort_keys().await, ["USER"]);
}

/// Appendix A, the examples in which the result is an object. Settings are objects from the start, so `[1,2]`, which the
/// patch replaces in the RFC, is `{}` here.
#[tokio::test]
async fn every_example_of_the_rfc_that_makes_an_object_does() {
    let usher = Usher::shared().await;
    for (original, patch, result) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
        (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        (json!({}), json!({"a": "b", "c": null}), json!({"a": "b"})),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ] {
        let ada = Caller::new(&usher).await;
        // Seeded, since no patch makes a null.
        usher
            .seed([row(&ada.id, "SETTINGS", [("settings", string(original.to_string())), ("version", integer(1))])])
            .await;
        assert_eq!(ada.get("/settings").await.expect_json(), original);
        assert_eq!(ada.patch("/settings", &patch).await.expect_json(), result, "{original} with {patch}");
        assert_eq!(ada.get("/settings").await.expect_json(), result, "{original} with {patch}");
    }
}

/// Section 3.
#[tokio::test]
async fn the_story_of_the_rfc_ends_as_it_tells() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let original = json!({
        "title": "Goodbye!", "author": {"givenName": "John", "familyName": "Doe"}, "tags": ["example", "sample"],
        "content": "This will be unchanged",
    });
    assert_eq!(ada.patch("/settings", &original).await.expect_json(), original);
    let patch = json!({
        "title": "Hello!", "phoneNumber": "+01-123-456-7890", "author": {"familyName": null}, "tags": ["example"],
    });
    let result = json!({
        "title": "Hello!", "author": {"givenName": "John"}, "tags": ["example"], "content": "This will be unchanged",
        "phoneNumber": "+01-123-456-7890",
    });
    assert_eq!(ada.patch("/settings", &patch).await.expect_json(), result);
    assert_eq!(ada.get("/settings").await.expect_json(), result);
}

/// Appendix A, the examples in which the patch is no object: settings stay one.
#[tokio::test]
async fn a_patch_that_is_no_object_is_refused_and_changes_nothing() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    ada.patch("/settings", &json!({"a": "foo"})).await.expect_json();
    let before = ada.rows().await;
    for patch in [json!(["c"]), Value::Null, json!("bar"), json!(1), json!(true), json!([])] {
        let answer = ada.patch("/settings", &patch).await.labeled(&patch.to_string());
        answer.expect_problem(422, "invalid-field");
        assert_eq!(answer.fields(), ["body"], "{patch}");
    }
    assert_eq!(ada.rows().await, before);
}

/// §4. A `POST` is no patch of anything.
#[tokio::test]
async fn a_patch_may_be_called_by_the_media_type_of_the_rfc() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let headers = [("content-type", "application/merge-patch+json".to_owned())];
    let answer = ada.call(Method::PATCH, "/settings", &headers, br#"{"a":1}"#.to_vec()).await;
    assert_eq!(answer.expect_json(), json!({"a": 1}));
    let answer = ada.call(Method::POST, "/threads", &headers, b"{}".to_vec()).await;
    answer.expect_problem(415, "unsupported-media-type");
}
