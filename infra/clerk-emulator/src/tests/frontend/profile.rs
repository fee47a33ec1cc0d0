//! The profile of the user who is signed in.

use reqwest::Method;
use serde_json::json;

use super::{EMAIL, PASSWORD, browser::Browser};
use crate::tests::Setup;

#[tokio::test]
async fn a_change_of_the_profile_is_delivered_as_a_webhook() {
    let mut setup = Setup::new().await;
    let user = setup.ada().await;
    let mut browser = Browser::new(&setup);
    browser.sign_in().await;
    setup.event().await;
    let form = [("first_name", "Augusta"), ("last_name", ""), ("unsafe_metadata", r#"{"a":{"b":1}}"#)];
    let (status, body) = browser.call(Method::PATCH, "/v1/me", &form).await;
    assert_eq!((status, &body["response"]["first_name"]), (200, &json!("Augusta")), "{body}");
    assert_eq!(body["client"]["sessions"][0]["user"]["first_name"], "Augusta");
    let event = setup.event().await;
    assert_eq!((&event["type"], &event["data"]["id"]), (&json!("user.updated"), &json!(user)));
    let merge = [("unsafe_metadata", r#"{"a":{"c":2}}"#)];
    browser.call(Method::PATCH, "/v1/me/metadata", &merge).await;
    let event = setup.event().await;
    assert_eq!(event["data"]["unsafe_metadata"], json!({"a": {"b": 1, "c": 2}}));
    assert_eq!(setup.get(&format!("/v1/users/{user}")).await.1["first_name"], "Augusta");
}

#[tokio::test]
async fn a_page_sees_no_private_metadata_and_cannot_set_it() {
    let mut setup = Setup::new().await;
    let body = json!({"email_address": [EMAIL], "password": PASSWORD, "private_metadata": {"secret": 1}});
    let user = setup.user(body).await;
    let mut browser = Browser::new(&setup);
    browser.sign_in().await;
    let form = [("private_metadata", "{}"), ("public_metadata", r#"{"admin":true}"#), ("banned", "true")];
    let (_, body) = browser.call(Method::PATCH, "/v1/me", &form).await;
    assert!(!body.to_string().contains("secret"), "{body}");
    let stored = setup.get(&format!("/v1/users/{user}")).await.1;
    assert_eq!((&stored["private_metadata"], &stored["public_metadata"]), (&json!({"secret": 1}), &json!({})));
    assert_eq!(stored["banned"], false);
}

#[tokio::test]
async fn a_deleted_account_is_signed_out_everywhere() {
    let mut setup = Setup::new().await;
    let user = setup.ada().await;
    let (mut browser, mut other) = (Browser::new(&setup), Browser::new(&setup));
    for browser in [&mut browser, &mut other] {
        browser.sign_in().await;
        setup.event().await;
    }
    let (status, body) = browser.call(Method::DELETE, "/v1/me", &[]).await;
    assert_eq!((status, &body["response"]["deleted"], &body["client"]["sessions"]), (200, &json!(true), &json!([])));
    let event = setup.event().await;
    assert_eq!((&event["type"], &event["data"]["id"]), (&json!("user.deleted"), &json!(user)));
    assert_eq!(other.get("/v1/client").await["response"]["sessions"], json!([]));
    assert_eq!(other.refused(Method::GET, "/v1/me", &[]).await.0, 401);
}

#[tokio::test]
async fn an_account_that_may_not_delete_itself_stays() {
    let mut setup = Setup::new().await;
    let user = setup.ada().await;
    setup.call(Method::PATCH, &format!("/v1/users/{user}"), json!({"delete_self_enabled": false})).await;
    let mut browser = Browser::new(&setup);
    browser.sign_in().await;
    let refused = browser.refused(Method::DELETE, "/v1/me", &[]).await;
    assert_eq!((refused.0, refused.1.as_str()), (403, "user_delete_self_not_enabled"));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_if_asked() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let (mut browser, mut other) = (Browser::new(&setup), Browser::new(&setup));
    browser.sign_in().await;
    let other_session = other.sign_in().await;
    let form = |current: &'static str, new: &'static str| {
        [("current_password", current), ("new_password", new), ("sign_out_of_other_sessions", "true")]
    };
    let path = "/v1/me/change_password";
    let wrong = browser.refused(Method::POST, path, &form("wrong horse", "another horse")).await;
    assert_eq!((wrong.1.as_str(), wrong.2.as_str()), ("form_password_incorrect", "current_password"));
    let same = browser.refused(Method::POST, path, &form(PASSWORD, PASSWORD)).await;
    assert_eq!(same.1, "form_new_password_matches_current");
    browser.post(path, &form(PASSWORD, "another horse")).await;
    assert_eq!(setup.get(&format!("/v1/sessions/{other_session}")).await.1["status"], "revoked");
    assert_eq!(browser.get("/v1/me/sessions/active").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_user_signs_out_in_another_browser() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let (mut browser, mut other) = (Browser::new(&setup), Browser::new(&setup));
    browser.sign_in().await;
    let session = other.sign_in().await;
    assert_eq!(browser.get("/v1/me/sessions/active").await.as_array().unwrap().len(), 2);
    let body = browser.post(&format!("/v1/me/sessions/{session}/revoke"), &[]).await;
    assert_eq!(body["response"]["status"], "revoked");
    assert_eq!(other.get("/v1/client").await["response"]["sessions"], json!([]));
}

#[tokio::test]
async fn an_address_of_a_profile_is_used_after_it_is_verified() {
    let mut setup = Setup::new().await;
    let user = setup.ada().await;
    setup.user(json!({"email_address": ["bob@example.com"]})).await;
    let mut browser = Browser::new(&setup);
    browser.sign_in().await;
    setup.event().await;
    let path = "/v1/me/email_addresses";
    // Clerk's script puts a slash at the end.
    let taken = browser.refused(Method::POST, &format!("{path}/"), &[("email_address", "Bob@example.com")]).await;
    assert_eq!(taken, (422, "form_identifier_exists".to_owned(), "email_address".to_owned()));
    let new = "countess@example.com";
    let body = browser.post(path, &[("email_address", new)]).await;
    assert_eq!(body["response"]["verification"]["status"], "unverified");
    setup.event().await;
    let (id, form) = (body["response"]["id"].as_str().unwrap(), [("identifier", new)]);
    let unknown = Browser::new(&setup).refused(Method::POST, "/v1/client/sign_ins", &form).await;
    assert_eq!(unknown.1, "form_identifier_not_found");

    browser.post(&format!("{path}/{id}/prepare_verification"), &[("strategy", "email_code")]).await;
    let attempt = format!("{path}/{id}/attempt_verification");
    let wrong = browser.refused(Method::POST, &attempt, &[("code", "000000")]).await;
    assert_eq!(wrong, (422, "form_code_incorrect".to_owned(), "code".to_owned()));
    let body = browser.post(&attempt, &[("code", "424242")]).await;
    assert_eq!(body["response"]["verification"]["status"], "verified");
    assert_eq!(setup.event().await["data"]["email_addresses"][1]["email_address"], new);
    Browser::new(&setup).post("/v1/client/sign_ins", &form).await;

    let (status, body) = browser.call(Method::PATCH, "/v1/me", &[("primary_email_address_id", id)]).await;
    assert_eq!((status, &body["response"]["primary_email_address_id"]), (200, &json!(id)));
    let (status, body) = browser.call(Method::DELETE, &format!("{path}/{id}"), &[]).await;
    assert_eq!((status, &body["response"]["deleted"]), (200, &json!(true)));
    let stored = setup.get(&format!("/v1/users/{user}")).await.1;
    let first = stored["email_addresses"][0]["id"].as_str().unwrap();
    assert_eq!(stored["primary_email_address_id"], first);
    let last = browser.refused(Method::DELETE, &format!("{path}/{first}"), &[]).await;
    assert_eq!((last.0, last.1.as_str()), (400, "identification_deletion_failed"));
}
