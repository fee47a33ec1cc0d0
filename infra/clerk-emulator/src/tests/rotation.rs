//! Rotation of keys and webhook secrets.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use reqwest::Method;
use serde_json::{Value, json};
use svix::webhooks::Webhook;

use super::{SECRET, Setup, answer};
use crate::ClerkError;

const OTHER_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::test]
async fn a_rotated_key_is_published_with_the_old_or_a_new_kid() {
    let setup = Setup::new().await;
    let (kid, pem, set) = (setup.clerk.key_id(), setup.clerk.public_key_pem(), setup.clerk.jwks());
    setup.clerk.rotate_key().unwrap();
    assert_eq!(
        (setup.clerk.key_id(), setup.clerk.jwks()["keys"][0]["kid"].as_str()),
        (kid.clone(), Some(kid.as_str()))
    );
    assert_ne!((setup.clerk.public_key_pem(), setup.clerk.jwks()), (pem, set));
    setup.clerk.rotate_key_to("ins_other").unwrap();
    assert_eq!(setup.clerk.session_header()["kid"], "ins_other");
    let (_, published) = setup.get("/.well-known/jwks.json").await;
    assert_eq!(published, setup.clerk.jwks());
    setup.clerk.override_jwks(Some(json!({"keys": []})));
    assert_eq!(setup.get("/v1/jwks").await.1, json!({"keys": []}));
}

#[tokio::test]
async fn session_tokens_are_signed_by_the_rotated_key() {
    let mut setup = Setup::new().await;
    let old = setup.clerk.public_key_pem();
    let user = setup.user(json!({})).await;
    let (_, session) = setup.call(Method::POST, "/v1/sessions", json!({"user_id": user})).await;
    let path = format!("/v1/sessions/{}/tokens", session["id"].as_str().unwrap());
    setup.clerk.rotate_key_to("ins_other").unwrap();
    let (_, token) = answer(setup.request(Method::POST, &path)).await;
    let verified = |pem: String| {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        decode::<Value>(
            token["jwt"].as_str().unwrap(),
            &DecodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
            &validation,
        )
    };
    assert_eq!(verified(setup.clerk.public_key_pem()).unwrap().header.kid.as_deref(), Some("ins_other"));
    assert!(verified(old).is_err());
}

#[tokio::test]
async fn an_overridden_key_set_can_be_restored() {
    let setup = Setup::new().await;
    setup.clerk.override_jwks(Some(json!("no set")));
    assert_eq!(setup.get("/.well-known/jwks.json").await, (200, json!("no set")));
    assert_ne!(setup.clerk.jwks(), json!("no set"));
    setup.clerk.override_jwks(None);
    assert_eq!(setup.get("/.well-known/jwks.json").await, (200, setup.clerk.jwks()));
}

#[tokio::test]
async fn webhooks_are_signed_only_with_the_rotated_secret() {
    let mut setup = Setup::new().await;
    setup.call(Method::POST, "/v1/users", json!({})).await;
    setup.event().await;
    let before = setup.clerk.webhook_secret();
    setup.clerk.rotate_webhook_secret(OTHER_SECRET).unwrap();
    assert_eq!((before, setup.clerk.webhook_secret()), (SECRET, OTHER_SECRET));
    setup.call(Method::POST, "/v1/users", json!({})).await;
    let delivery = setup.delivery().await;
    Webhook::new(OTHER_SECRET).unwrap().verify(&delivery.body, &delivery.headers).unwrap();
    assert!(Webhook::new(SECRET).unwrap().verify(&delivery.body, &delivery.headers).is_err());
}

#[tokio::test]
async fn a_malformed_secret_does_not_replace_the_old_one() {
    let mut setup = Setup::new().await;
    assert!(matches!(setup.clerk.rotate_webhook_secret("whsec_!"), Err(ClerkError::WebhookSecret(_))));
    assert_eq!(setup.clerk.webhook_secret(), SECRET);
    setup.call(Method::POST, "/v1/users", json!({})).await;
    setup.event().await;
}
