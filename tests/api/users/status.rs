//! `GET /users/me/status`: the identity of the caller and its user.

use harness::{Usher, new_user_id};
use serde_json::json;

#[tokio::test]
async fn the_status_has_the_identity_before_and_after_the_webhook() {
    let usher = Usher::shared().await;
    let ada = new_user_id();
    let token = usher
        .token(&ada)
        .claim("email", "ada@example.com")
        .claim("plan", json!({"seats": 3}))
        .claim("o", json!({"id": "org_1", "slg": "acme", "rol": "admin", "per": "read,manage", "fpm": "3"}))
        .claim("fea", "o:billing")
        .claim("act", json!({"sub": "user_support"}))
        .minted_by(usher.clerk());
    let issuer = usher.clerk().issuer();
    let identity = json!({
        "subject": ada, "issuer": issuer, "token_identifier": format!("{issuer}|{ada}"),
        "session_id": ada.replace("user_", "sess_"), "email": "ada@example.com",
        "organization": {"id": "org_1", "slug": "acme", "role": "org:admin",
            "permissions": ["org:billing:read", "org:billing:manage"]},
        "actor": {"sub": "user_support"}, "claims": {"plan": {"seats": 3}},
    });

    let status = usher.get("/users/me/status", &token).await.expect_json();
    assert_eq!(status, json!({"status": "not_synced", "identity": identity}));

    usher.deliver_user_created(&ada).await;
    let status = usher.get("/users/me/status", &token).await.expect_json();
    let user = usher.get("/users/me", &token).await.expect_json();
    assert_eq!(user.get("private_metadata"), None);
    assert_eq!(status, json!({"status": "signed_in", "identity": identity, "user": user}));
}
