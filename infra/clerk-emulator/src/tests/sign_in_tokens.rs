//! Sign-in tokens.

use reqwest::Method;
use serde_json::json;

use super::{Setup, answer, first_error};

#[tokio::test]
async fn a_sign_in_token_is_created_and_revoked() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    let (status, created) = setup.call(Method::POST, "/v1/sign_in_tokens", json!({"user_id": user})).await;
    assert_eq!((status, &created["object"]), (200, &json!("sign_in_token")), "{created}");
    assert_eq!((&created["user_id"], &created["status"]), (&json!(user), &json!("pending")));
    let (id, token) = (created["id"].as_str().unwrap(), created["token"].as_str().unwrap());
    assert!(id.starts_with("sit_"));
    assert!(created["url"].as_str().unwrap().ends_with(&format!("/v1/tickets/accept?ticket={token}")));

    let (status, revoked) = answer(setup.request(Method::POST, &format!("/v1/sign_in_tokens/{id}/revoke"))).await;
    assert_eq!((status, &revoked["status"], &revoked["token"]), (200, &json!("revoked"), &json!(token)));
    assert!(revoked["updated_at"].as_i64() > created["updated_at"].as_i64());
}

#[tokio::test]
async fn a_sign_in_token_requires_a_user_and_a_lifetime() {
    let mut setup = Setup::new().await;
    let user = setup.user(json!({})).await;
    for (body, expected) in [
        (json!({}), (422, ("form_param_missing", "user_id"))),
        (json!({"user_id": "user_nobody"}), (404, ("resource_not_found", ""))),
        (json!({"user_id": user, "expires_in_seconds": 0}), (422, ("form_param_value_invalid", "expires_in_seconds"))),
    ] {
        let (status, error) = setup.call(Method::POST, "/v1/sign_in_tokens", body).await;
        assert_eq!((status, first_error(&error)), expected);
    }
    let unknown = setup.request(Method::POST, "/v1/sign_in_tokens/sit_none/revoke");
    assert_eq!(answer(unknown).await.0, 404);
}
