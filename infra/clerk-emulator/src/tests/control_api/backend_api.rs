//! `/control/v1`: the Backend API for those who do not have the secret key.

use reqwest::Method;
use serde_json::{Value, json};

use super::Setup;
use crate::tests::first_error;

#[tokio::test]
async fn a_user_signs_in_without_the_secret_key() {
    let mut setup = Setup::new().await;
    let user = setup.set(Method::POST, "v1/users", json!({"email_address": ["ada@example.com"]})).await;
    assert_eq!(setup.event().await["data"], user);
    let id = user["id"].as_str().unwrap();
    let renamed = setup.set(Method::PATCH, &format!("v1/users/{id}"), json!({"first_name": "Ada"})).await;
    assert_eq!(renamed["first_name"], "Ada");
    assert_eq!(setup.set(Method::GET, "v1/users", json!({})).await, json!([renamed]));

    let session = setup.set(Method::POST, "v1/sessions", json!({"user_id": id})).await;
    let path = format!("v1/sessions/{}/tokens", session["id"].as_str().unwrap());
    let token = setup.set(Method::POST, &path, json!({"expires_in_seconds": 3600})).await;
    assert_eq!(token["jwt"].as_str().unwrap().split('.').count(), 3);
    let ticket = setup.set(Method::POST, "v1/sign_in_tokens", json!({"user_id": id})).await;
    assert_eq!(ticket["user_id"], id);

    let deleted = setup.set(Method::DELETE, &format!("v1/users/{id}"), json!({})).await;
    assert_eq!(deleted["deleted"], true);
    let (status, error) = setup.control(Method::GET, "v1/nothing", json!({})).await;
    assert_eq!((status, first_error(&error).0), (404, "resource_not_found"));
}

#[tokio::test]
async fn an_outage_of_clerk_does_not_stop_the_controls() {
    let setup = Setup::new().await;
    setup.set(Method::POST, "faults", json!({"fault": "unavailable", "path": "/"})).await;
    assert_eq!(setup.get("/v1/users").await.0, 503);
    assert_eq!(setup.set(Method::GET, "v1/users", json!({})).await, json!([]));
    // Only the request of the app is counted.
    let requests = setup.set(Method::GET, "requests", Value::Null).await;
    assert_eq!(requests["data"], json!([{"method": "GET", "path": "/v1/users", "count": 1}]));
}
