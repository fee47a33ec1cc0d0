//! The sessions of a browser.

use reqwest::Method;
use serde_json::json;

use super::{ORIGIN, browser::Browser};
use crate::{
    SessionEnd,
    tests::{Setup, keeping::copy},
};

#[tokio::test]
async fn a_page_mints_tokens_with_its_origin() {
    let mut setup = Setup::new().await;
    let user = setup.ada().await;
    let mut browser = Browser::new(&setup);
    let session = browser.sign_in().await;
    let token = browser.post(&format!("/v1/client/sessions/{session}/tokens"), &[]).await;
    assert_eq!(token["object"], "token");
    let claims = setup.claims(&token["jwt"]).await;
    assert_eq!((&claims["azp"], &claims["sid"], &claims["sub"]), (&json!(ORIGIN), &json!(session), &json!(user)));
    let token = browser.post(&format!("/v1/client/sessions/{session}/tokens/convex"), &[]).await;
    assert_eq!(setup.claims(&token["jwt"]).await["aud"], "convex");
    let touched = browser.post(&format!("/v1/client/sessions/{session}/touch"), &[("intent", "focus")]).await;
    assert_eq!(
        (&touched["response"]["id"], &touched["client"]["last_active_session_id"]),
        (&json!(session), &json!(session))
    );
}

#[tokio::test]
async fn another_browser_cannot_use_a_session() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let session = Browser::new(&setup).sign_in().await;
    let mut other = Browser::new(&setup);
    other.sign_in().await;
    for action in ["tokens", "touch", "end", "remove", "verify"] {
        let (status, ..) = other.refused(Method::POST, &format!("/v1/client/sessions/{session}/{action}"), &[]).await;
        assert!([401, 404].contains(&status), "{action}: {status}");
    }
    assert_eq!(setup.get(&format!("/v1/sessions/{session}")).await.1["status"], "active");
    // A cookie with the right id and another secret is nobody's.
    let mut forger = Browser::new(&setup);
    forger.cookies = other.cookies.clone();
    let claims = json!({"id": other.get("/v1/client").await["response"]["id"], "rotating_token": "x"});
    let forged = setup.clerk.mint_token(json!({"alg": "RS256"}), claims).unwrap();
    forger.cookies.insert("__client".to_owned(), forged);
    assert_eq!(forger.get("/v1/client").await["response"], json!(null));
}

#[tokio::test]
async fn a_session_ends_in_the_browser_with_its_event() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    for (action, status) in [("end", "ended"), ("remove", "removed")] {
        let mut browser = Browser::new(&setup);
        let session = browser.sign_in().await;
        assert_eq!(setup.event().await["type"], "session.created");
        let path = format!("/v1/client/sessions/{session}");
        let body = browser.post(&format!("{path}/{action}"), &[]).await;
        assert_eq!((&body["response"]["status"], &body["client"]["sessions"]), (&json!(status), &json!([])));
        let event = setup.event().await;
        assert_eq!((&event["type"], &event["data"]["id"]), (&json!(format!("session.{status}")), &json!(session)));
        assert_eq!(setup.get(&format!("/v1/sessions/{session}")).await.1["status"], status);
        assert_eq!(browser.refused(Method::POST, &format!("{path}/tokens"), &[]).await.0, 401);
    }
}

#[tokio::test]
async fn a_sign_out_removes_the_session_and_keeps_the_browser() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let mut browser = Browser::new(&setup);
    browser.sign_in().await;
    setup.event().await;
    let (status, body) = browser.call(Method::DELETE, "/v1/client/sessions", &[]).await;
    assert_eq!((status, &body["response"]["sessions"], &body["client"]), (200, &json!([]), &json!(null)));
    assert_eq!(setup.event().await["type"], "session.removed");
    assert!(browser.cookies.contains_key("__client"));
    browser.sign_in().await;
    setup.event().await;
    let (status, _) = browser.call(Method::DELETE, "/v1/client", &[]).await;
    assert_eq!(status, 200);
    assert_eq!(setup.event().await["type"], "session.removed");
    assert!(browser.cookies.is_empty());
    assert_eq!(browser.get("/v1/client").await["response"], json!(null));
}

#[tokio::test]
async fn a_session_revoked_by_the_backend_api_is_signed_out() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let mut browser = Browser::new(&setup);
    let session = browser.sign_in().await;
    setup.clerk.end_session(&session, SessionEnd::Revoked).await.unwrap();
    let refused = browser.refused(Method::POST, &format!("/v1/client/sessions/{session}/tokens"), &[]).await;
    assert_eq!(refused, (401, "authentication_invalid".to_owned(), String::new()));
    assert_eq!(browser.get("/v1/client").await["response"]["sessions"], json!([]));
    browser.sign_in().await;
}

#[tokio::test]
async fn a_dev_browser_stands_for_its_client() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let mut browser = Browser::new(&setup);
    let token = browser.post("/v1/dev_browser", &[]).await["id"].as_str().unwrap().to_owned();
    let form = [("identifier", super::EMAIL), ("password", super::PASSWORD)];
    browser.post(&format!("/v1/client/sign_ins?__clerk_db_jwt={token}"), &form).await;
    // A browser without cookies is known by the token.
    let mut other = Browser::new(&setup);
    let client = other.get(&format!("/v1/client?__clerk_db_jwt={token}")).await;
    assert_eq!(client["response"]["sessions"].as_array().unwrap().len(), 1);
    let unknown = other.refused(Method::GET, "/v1/client?__clerk_db_jwt=dvb_unknown", &[]).await;
    assert_eq!((unknown.0, unknown.1.as_str()), (401, "dev_browser_unauthenticated"));
}

#[tokio::test]
async fn a_browser_is_still_signed_in_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clerk.json");
    let first = Setup::keeping(&path).await;
    let user = json!({"email_address": [super::EMAIL], "password": super::PASSWORD});
    first.call(Method::POST, "/v1/users", user).await;
    let mut browser = Browser::new(&first);
    let session = browser.sign_in().await;
    assert!(!std::fs::read_to_string(&path).unwrap().contains(super::PASSWORD));

    let second = Setup::keeping(&copy(&path, "copy.json")).await;
    let mut restarted = Browser::new(&second);
    restarted.cookies = browser.cookies.clone();
    restarted.post(&format!("/v1/client/sessions/{session}/tokens"), &[]).await;
    Browser::new(&second).sign_in().await;
}
