//! Versions: `ETag` and `If-Match`.

use harness::{Answer, Usher};
use reqwest::Method;
use serde_json::{Value, json};

use crate::caller::Caller;

async fn patch_if(caller: &Caller<'_>, tags: &str, patch: &Value) -> Answer {
    let headers = [("content-type", "application/json".to_owned()), ("if-match", tags.to_owned())];
    caller.call(Method::PATCH, "/settings", &headers, patch.to_string().into()).await.labeled(tags)
}

fn tag(answer: &Answer) -> String {
    answer.expect_json();
    let tag = answer.header("etag").unwrap();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag} is no strong tag");
    tag.to_owned()
}

#[tokio::test]
async fn every_change_has_a_tag_of_its_own_and_reading_gives_the_last() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let mut tags = vec![tag(&ada.get("/settings").await)];
    for number in 0..3 {
        let changed = tag(&ada.patch("/settings", &json!({"number": number})).await);
        assert!(!tags.contains(&changed), "{changed} again: {tags:?}");
        assert_eq!(tag(&ada.get("/settings").await), changed);
        assert_eq!(tag(&ada.get("/settings").await), changed);
        tags.push(changed);
    }
}

#[tokio::test]
async fn the_current_tag_allows_a_change_alone_in_a_list_or_as_any() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for number in 0..6 {
        let current = tag(&ada.get("/settings").await);
        let tags = match number % 3 {
            0 => current,
            1 => format!(r#""xyzzy", W/"r2d2" ,{current},"c3piozzzz""#),
            _ => "*".to_owned(),
        };
        assert_eq!(patch_if(&ada, &tags, &json!({"number": number})).await.expect_json(), json!({"number": number}));
    }
}

#[tokio::test]
async fn any_other_tag_is_412_and_changes_nothing() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let never = tag(&ada.get("/settings").await);
    let stale = tag(&ada.patch("/settings", &json!({"a": 1})).await);
    let current = tag(&ada.patch("/settings", &json!({"a": 2})).await);
    let before = ada.rows().await;
    for (row, tags) in [
        ("blank", String::new()),
        ("with a sign", current.replacen('"', "\"+", 1)),
        ("of no settings", never.clone()),
        ("stale", stale.clone()),
        ("all that are stale", format!("{never}, {stale}")),
        ("weak", format!("W/{current}")),
        ("without quotes", current.trim_matches('"').to_owned()),
        ("never given out", r#""xyzzy""#.to_owned()),
        ("of the future", r#""9999""#.to_owned()),
        ("no list", format!("{stale};{current}")),
    ] {
        patch_if(&ada, &tags, &json!({"a": 3})).await.labeled(row).expect_problem(412, "version-mismatch");
    }
    assert_eq!(ada.rows().await, before);
    patch_if(&ada, &current, &json!({"a": 3})).await.expect_json();
}

#[tokio::test]
async fn a_tag_of_something_else_is_412_where_nothing_was_ever_set() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    patch_if(&ada, r#""1""#, &json!({"a": 1})).await.expect_problem(412, "version-mismatch");
    assert_eq!(ada.sort_keys().await, ["USER"]);
}
