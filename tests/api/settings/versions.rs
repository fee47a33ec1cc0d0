//! Versions: `ETag` and `If-Match`.

use harness::{Answer, Usher};
use reqwest::Method;
use serde_json::{Value, json};

use crate::caller::Caller;

async fn patch_if(caller: &Caller<'_>, tags: &str, patch: &Value) -> Answer {
    let headers = [("content-type", "application/json".to_owned()), ("if-match", tags.to_owned())];
    caller.call(Method::PATCH, "/settings", &headers, patch.to_string().into()).await.labeled(tags)
}

fn expect_tag(answer: &Answer) -> String {
    answer.expect_json();
    let tag = answer.header("etag").unwrap();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag} is not a strong tag");
    tag.to_owned()
}

#[tokio::test]
async fn every_change_gets_a_new_tag_that_reads_return() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let mut tags = vec![expect_tag(&ada.get("/settings").await)];
    for number in 0..3 {
        let changed = expect_tag(&ada.patch("/settings", &json!({"number": number})).await);
        assert!(!tags.contains(&changed), "{changed} was issued before: {tags:?}");
        assert_eq!(expect_tag(&ada.get("/settings").await), changed);
        assert_eq!(expect_tag(&ada.get("/settings").await), changed);
        tags.push(changed);
    }
}

#[tokio::test]
async fn if_match_accepts_the_current_tag_a_list_or_a_star() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for number in 0..6 {
        let current = expect_tag(&ada.get("/settings").await);
        let tags = match number % 3 {
            0 => current,
            1 => format!(r#""xyzzy", W/"r2d2" ,{current},"c3piozzzz""#),
            _ => "*".to_owned(),
        };
        assert_eq!(patch_if(&ada, &tags, &json!({"number": number})).await.expect_json(), json!({"number": number}));
    }
}

#[tokio::test]
async fn any_other_tag_gets_412_and_changes_nothing() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let never = expect_tag(&ada.get("/settings").await);
    let stale = expect_tag(&ada.patch("/settings", &json!({"a": 1})).await);
    let current = expect_tag(&ada.patch("/settings", &json!({"a": 2})).await);
    let before = ada.rows().await;
    for (row, tags) in [
        ("empty", String::new()),
        ("with a sign", current.replacen('"', "\"+", 1)),
        ("of missing settings", never.clone()),
        ("stale", stale.clone()),
        ("two stale tags", format!("{never}, {stale}")),
        ("weak", format!("W/{current}")),
        ("without quotes", current.trim_matches('"').to_owned()),
        ("never issued", r#""xyzzy""#.to_owned()),
        ("of the future", r#""9999""#.to_owned()),
        ("an invalid list", format!("{stale};{current}")),
    ] {
        patch_if(&ada, &tags, &json!({"a": 3})).await.labeled(row).expect_problem(412, "version-mismatch");
    }
    assert_eq!(ada.rows().await, before);
    patch_if(&ada, &current, &json!({"a": 3})).await.expect_json();
}

#[tokio::test]
async fn a_tag_gets_412_if_no_settings_exist() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    patch_if(&ada, r#""1""#, &json!({"a": 1})).await.expect_problem(412, "version-mismatch");
    assert_eq!(ada.sort_keys().await, ["USER"]);
}
