//! Merge patches: the examples of RFC 7396.

use harness::{Usher, integer, row, string};
use reqwest::Method;
use serde_json::{Value, json};

use crate::caller::Caller;

#[tokio::test]
async fn settings_start_as_an_empty_object() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let answer = ada.get("/settings").await;
    assert_eq!(answer.expect_json(), json!({}));
    assert_eq!(answer.header("etag"), Some(r#""0""#));
    assert_eq!(ada.sort_keys().await, ["USER"]);
}

/// The examples of appendix A whose result is an object. Settings are always an object, so `{}` replaces the `[1,2]`
/// that one example starts with.
#[tokio::test]
async fn every_rfc_7396_example_with_an_object_result_holds() {
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
        // The row is seeded because a patch cannot set a null.
        usher
            .seed([row(&ada.id, "SETTINGS", [("settings", string(original.to_string())), ("version", integer(1))])])
            .await;
        assert_eq!(ada.get("/settings").await.expect_json(), original);
        assert_eq!(ada.patch("/settings", &patch).await.expect_json(), result, "{original} with {patch}");
        assert_eq!(ada.get("/settings").await.expect_json(), result, "{original} with {patch}");
    }
}

#[tokio::test]
async fn the_example_in_section_3_of_rfc_7396_holds() {
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

/// The examples of appendix A whose patch is not an object. They are refused, because settings are always an object.
#[tokio::test]
async fn a_patch_that_is_not_an_object_changes_nothing() {
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

/// RFC 7396 §4. A `POST` is not a patch.
#[tokio::test]
async fn the_merge_patch_media_type_is_accepted_only_for_patch() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let content_type = |value: &str| [("content-type", value.to_owned())];
    for value in ["application/merge-patch+json", "Application/Merge-Patch+JSON; charset=utf-8"] {
        let answer = ada.call(Method::PATCH, "/settings", &content_type(value), br#"{"a":1}"#.to_vec()).await;
        assert_eq!(answer.labeled(value).expect_json(), json!({"a": 1}));
    }
    let headers = content_type("application/merge-patch+json");
    let answer = ada.call(Method::POST, "/threads", &headers, b"{}".to_vec()).await;
    answer.expect_problem(415, "unsupported-media-type");
    assert_eq!(answer.header("accept-patch"), None);
}

/// RFC 5789 §2.2.
#[tokio::test]
async fn a_refused_patch_type_names_the_accepted_types() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    for path in ["/settings", &thread] {
        for value in ["application/json-patch+json", "text/plain", ""] {
            let headers = [("content-type", value.to_owned())];
            let answer = ada.call(Method::PATCH, path, &headers, br#"{"title":"a"}"#.to_vec()).await.labeled(value);
            answer.expect_problem(415, "unsupported-media-type");
            assert_eq!(answer.header("accept-patch"), Some("application/merge-patch+json, application/json"), "{path}");
        }
    }
}
