//! Sign-in in a page.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::{EMAIL, PASSWORD, browser::Browser};
use crate::tests::Setup;

const SIGN_INS: &str = "/v1/client/sign_ins";

fn error(status: u16, code: &str, param: &str) -> (u16, String, String) {
    (status, code.to_owned(), param.to_owned())
}

#[tokio::test]
async fn a_user_of_the_backend_api_signs_in_with_the_password() {
    let mut setup = Setup::new().await;
    let user = setup.ada().await;
    let mut browser = Browser::new(&setup);
    assert_eq!(browser.get("/v1/client").await, json!({"response": null, "client": null}));
    let form = |password: &'static str| [("strategy", "password"), ("identifier", EMAIL), ("password", password)];
    let wrong = browser.refused(Method::POST, SIGN_INS, &form("wrong horse")).await;
    assert_eq!(wrong, error(422, "form_password_incorrect", "password"));
    let body = browser.post(SIGN_INS, &form(PASSWORD)).await;
    assert_eq!(body["response"]["status"], "complete");
    assert_eq!(body["client"]["sign_in"], json!(null));
    assert_eq!(body["client"]["sessions"][0]["user"]["id"], user);
    assert_eq!(setup.event().await["type"], "session.created");
    // The instance allows one session for each browser.
    assert_eq!(browser.refused(Method::POST, SIGN_INS, &form(PASSWORD)).await, error(400, "session_exists", ""));
}

#[tokio::test]
async fn an_unknown_identifier_is_refused() {
    let setup = Setup::new().await;
    let mut browser = Browser::new(&setup);
    let refused = browser.refused(Method::POST, SIGN_INS, &[("identifier", "bob@example.com")]).await;
    assert_eq!(refused, error(422, "form_identifier_not_found", "identifier"));
}

#[tokio::test]
async fn a_code_by_mail_signs_in_and_too_many_wrong_ones_end_it() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let mut browser = Browser::new(&setup);
    let body = browser.post(SIGN_INS, &[("identifier", EMAIL)]).await;
    let sign_in = &body["response"];
    assert_eq!(sign_in["status"], "needs_first_factor");
    let factors = sign_in["supported_first_factors"].as_array().unwrap();
    let code = factors.iter().find(|factor| factor["strategy"] == "email_code").unwrap();
    let email_id = code["email_address_id"].as_str().unwrap();
    let path = format!("{SIGN_INS}/{}", sign_in["id"].as_str().unwrap());
    let (prepare, attempt) = (format!("{path}/prepare_first_factor"), format!("{path}/attempt_first_factor"));

    let prepared = [("strategy", "email_code"), ("email_address_id", email_id)];
    browser.post(&prepare, &prepared).await;
    for _ in 0..20 {
        let wrong = browser.refused(Method::POST, &attempt, &[("strategy", "email_code"), ("code", "123456")]).await;
        assert_eq!(wrong, error(422, "form_code_incorrect", "code"));
    }
    let right = [("strategy", "email_code"), ("code", "424242")];
    assert_eq!(browser.refused(Method::POST, &attempt, &right).await, error(400, "verification_failed", ""));
    browser.post(&prepare, &prepared).await;
    let body = browser.post(&attempt, &right).await;
    assert_eq!(body["response"]["status"], "complete");
    assert_eq!(body["client"]["last_active_session_id"], body["response"]["created_session_id"]);
}

/// Proves a reset of the password of `Setup::ada` with the code, and sends the new password with `form`.
async fn reset_password(browser: &mut Browser, form: &[(&str, &str)]) -> Value {
    let reset = [("strategy", "reset_password_email_code"), ("identifier", EMAIL)];
    let body = browser.post(SIGN_INS, &reset).await;
    let path = format!("{SIGN_INS}/{}", body["response"]["id"].as_str().unwrap());
    let code = [("strategy", "reset_password_email_code"), ("code", "424242")];
    let body = browser.post(&format!("{path}/attempt_first_factor"), &code).await;
    assert_eq!(body["response"]["status"], "needs_new_password");
    browser.post(&format!("{path}/reset_password"), form).await
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_after_a_code() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let body = reset_password(&mut Browser::new(&setup), &[("password", "another horse")]).await;
    assert_eq!(body["response"]["status"], "complete");
    let mut other = Browser::new(&setup);
    let form = |password: &'static str| [("identifier", EMAIL), ("password", password)];
    assert_eq!(other.refused(Method::POST, SIGN_INS, &form(PASSWORD)).await.1, "form_password_incorrect");
    other.post(SIGN_INS, &form("another horse")).await;
}

#[tokio::test]
async fn a_reset_password_ends_the_other_sessions_if_asked() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let other_session = Browser::new(&setup).sign_in().await;
    setup.event().await;
    let form = [("password", "another horse"), ("sign_out_of_other_sessions", "true")];
    let body = reset_password(&mut Browser::new(&setup), &form).await;
    // The deliveries of one request overlap, so they arrive in any order.
    let events = [setup.event().await, setup.event().await, setup.event().await];
    let ids: BTreeMap<_, _> = events.iter().map(|event| (event["type"].as_str(), &event["data"]["id"])).collect();
    assert_eq!(ids.get(&Some("session.revoked")), Some(&&json!(other_session)), "{ids:?}");
    assert_eq!(ids.get(&Some("session.created")), Some(&&body["response"]["created_session_id"]), "{ids:?}");
    assert!(ids.contains_key(&Some("user.updated")), "{ids:?}");
    assert_eq!(setup.get(&format!("/v1/sessions/{other_session}")).await.1["status"], "revoked");
}

#[tokio::test]
async fn a_sign_in_token_signs_in_once() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    let (_, token) = setup.call(Method::POST, "/v1/sign_in_tokens", json!({"user_id": user})).await;
    let form = [("strategy", "ticket"), ("ticket", token["token"].as_str().unwrap())];
    let body = Browser::new(&setup).post(SIGN_INS, &form).await;
    assert_eq!(body["client"]["sessions"][0]["user"]["id"], user);
    let again = Browser::new(&setup).refused(Method::POST, SIGN_INS, &form).await;
    assert_eq!(again, error(400, "sign_in_token_already_used_code", ""));
    let forged = Browser::new(&setup).refused(Method::POST, SIGN_INS, &[("strategy", "ticket"), ("ticket", "x")]).await;
    assert_eq!(forged, error(400, "ticket_invalid_code", ""));
}

#[tokio::test]
async fn banned_and_locked_users_cannot_sign_in() {
    let mut setup = Setup::new().await;
    let user = setup.ada().await;
    for (action, undo, code) in [("ban", "unban", "user_banned"), ("lock", "unlock", "user_locked")] {
        let act = async |action: &str| setup.call(Method::POST, &format!("/v1/users/{user}/{action}"), json!({})).await;
        act(action).await;
        let form = [("identifier", EMAIL), ("password", PASSWORD)];
        let refused = Browser::new(&setup).refused(Method::POST, SIGN_INS, &form).await;
        assert_eq!(refused, error(403, code, ""));
        act(undo).await;
        Browser::new(&setup).sign_in().await;
    }
}
