//! Sign-up in a page.

use reqwest::Method;
use serde_json::json;

use super::{EMAIL, ORIGIN, PASSWORD, browser::Browser};
use crate::tests::Setup;

const SIGN_UPS: &str = "/v1/client/sign_ups";

#[tokio::test]
async fn a_sign_up_makes_a_user_a_webhook_and_a_session() {
    let mut setup = Setup::new().await;
    let mut browser = Browser::new(&setup);
    let form = [
        ("email_address", "Ada@Example.com"),
        ("password", PASSWORD),
        ("first_name", "Ada"),
        ("unsafe_metadata", r#"{"theme":"dark"}"#),
        ("locale", "en-GB"),
    ];
    let body = browser.post(SIGN_UPS, &form).await;
    let sign_up = &body["response"];
    assert_eq!((&sign_up["status"], &sign_up["missing_fields"]), (&json!("missing_requirements"), &json!([])));
    assert_eq!(sign_up["unverified_fields"], json!(["email_address"]));
    assert_eq!(sign_up["verifications"]["email_address"]["next_action"], "needs_prepare");
    // The client keeps it, so that a page that is loaded again goes on with it.
    assert_eq!(browser.get("/v1/client").await["response"]["sign_up"]["id"], sign_up["id"]);
    let path = format!("{SIGN_UPS}/{}", sign_up["id"].as_str().unwrap());

    let code = [("strategy", "email_code"), ("code", "424242")];
    let attempt = format!("{path}/attempt_verification");
    let (status, error, _) = browser.refused(Method::POST, &attempt, &code).await;
    assert_eq!((status, error.as_str()), (400, "verification_missing"));
    browser.post(&format!("{path}/prepare_verification"), &[("strategy", "email_code")]).await;
    let wrong = browser.refused(Method::POST, &attempt, &[("strategy", "email_code"), ("code", "000000")]).await;
    assert_eq!(wrong, (422, "form_code_incorrect".to_owned(), "code".to_owned()));
    assert!(setup.deliveries.try_recv().is_err());
    let body = browser.post(&attempt, &code).await;

    let sign_up = &body["response"];
    assert_eq!(sign_up["status"], "complete", "{body}");
    let events = [setup.event().await, setup.event().await];
    let event = |kind: &str| events.iter().find(|event| event["type"] == kind).unwrap();
    let user = &event("user.created")["data"];
    assert_eq!((&user["id"], &user["first_name"]), (&sign_up["created_user_id"], &json!("Ada")));
    assert_eq!(user["email_addresses"][0]["email_address"], EMAIL);
    assert_eq!(user["email_addresses"][0]["verification"]["strategy"], "email_code");
    assert_eq!((&user["unsafe_metadata"], &user["password_enabled"]), (&json!({"theme": "dark"}), &json!(true)));
    assert_eq!(event("session.created")["data"]["id"], sign_up["created_session_id"]);

    // The session is one of the instance, and its token is one that an app accepts.
    let session = &body["client"]["sessions"][0];
    assert_eq!(session["id"], sign_up["created_session_id"]);
    assert!(session["user"].get("private_metadata").is_none());
    let listed = setup.get(&format!("/v1/sessions?user_id={}", user["id"].as_str().unwrap())).await.1;
    assert_eq!((&listed[0]["id"], &listed[0]["client_id"]), (&session["id"], &body["client"]["id"]));
    let claims = setup.claims(&session["last_active_token"]["jwt"]).await;
    assert_eq!((&claims["sub"], &claims["sid"]), (&user["id"], &session["id"]));
    assert_eq!((&claims["azp"], &claims["v"], &claims["fva"]), (&json!(ORIGIN), &json!(2), &json!([0, -1])));
}

#[tokio::test]
async fn one_answer_names_every_mistake_of_a_sign_up() {
    let mut setup = Setup::new().await;
    setup.ada().await;
    let mut browser = Browser::new(&setup);
    let taken = [("email_address", EMAIL), ("password", "short")];
    let (status, body) = browser.call(Method::POST, SIGN_UPS, &taken).await;
    let codes: Vec<&str> =
        body["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert_eq!((status, codes), (422, vec!["form_identifier_exists", "form_password_length_too_short"]));
    let malformed = browser.refused(Method::POST, SIGN_UPS, &[("email_address", "ada")]).await;
    assert_eq!(malformed, (422, "form_param_format_invalid".to_owned(), "email_address".to_owned()));
    let phone = browser.refused(Method::POST, SIGN_UPS, &[("phone_number", "+15555550100")]).await;
    assert_eq!(phone, (422, "form_param_unknown".to_owned(), "phone_number".to_owned()));
}

#[tokio::test]
async fn a_sign_up_is_completed_step_by_step() {
    let mut setup = Setup::new().await;
    let mut browser = Browser::new(&setup);
    let body = browser.post(SIGN_UPS, &[("email_address", EMAIL)]).await;
    assert_eq!(body["response"]["missing_fields"], json!(["password"]));
    let path = format!("{SIGN_UPS}/{}", body["response"]["id"].as_str().unwrap());
    browser.post(&format!("{path}/prepare_verification"), &[("strategy", "email_code")]).await;
    let code = [("strategy", "email_code"), ("code", "424242")];
    let body = browser.post(&format!("{path}/attempt_verification"), &code).await;
    assert_eq!(body["response"]["status"], "missing_requirements");
    let (status, body) = browser.call(Method::PATCH, &path, &[("password", PASSWORD)]).await;
    assert_eq!((status, &body["response"]["status"]), (200, &json!("complete")), "{body}");
    setup.event().await;
    // Another browser knows nothing of it.
    let other = Browser::new(&setup).refused(Method::GET, &path, &[]).await;
    assert_eq!(other.0, 401);
}
