//! Another Clerk instance in place of the emulator: its issuer, its key and its Svix secret.

use harness::{Key, Token, Usher, new_secret, new_user_id, now_ms, user_object};

const ISSUER: &str = "https://clerk.example.com";

#[tokio::test]
async fn a_public_key_and_a_webhook_secret_need_no_network() {
    let (key, secret) = (Key::generate(), new_secret());
    // The form in which people paste a key into one line of an .env file.
    let pasted = key.public_pem().replace('\n', "\\n");
    let usher = Usher::with_environment([
        ("CLERK_ISSUER", Some(ISSUER)),
        ("CLERK_JWT_KEY", Some(&pasted)),
        ("CLERK_WEBHOOK_SECRET", Some(&secret)),
    ])
    .await;
    let (ada, now) = (new_user_id(), now_ms());
    let deliver = async |event: String| usher.deliver_signed(&secret, event).await;
    let token = Token::of_instance(ISSUER, &ada).signed_by(&key);

    usher.get("/users/me", &token).await.expect_problem(404, "user-not-synced");
    deliver(usher.event("user.created", &user_object(&ada, now), now)).await.assert_outcome("created");
    assert_eq!(usher.get("/users/me", &token).await.expect_json()["id"], ada);
    deliver(usher.event("user.deleted", &format!(r#"{{"deleted":true,"id":"{ada}"}}"#), now))
        .await
        .assert_outcome("deleted");
    usher.get("/users/me", &token).await.expect_unauthorized("user-deleted");

    // The key of the emulator and any other secret are refused.
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_unauthorized("invalid-token");
    let event = usher.event("user.created", &user_object(&ada, now), now);
    usher.deliver_signed(&new_secret(), event).await.expect_problem(400, "invalid-signature");
}

/// `pk_test_` and the base64 of `clerk.example.com$`.
#[tokio::test]
async fn the_issuer_is_derived_from_the_publishable_key() {
    let key = Key::generate();
    let usher = Usher::with_environment([
        ("CLERK_ISSUER", None),
        ("CLERK_PUBLISHABLE_KEY", Some("pk_test_Y2xlcmsuZXhhbXBsZS5jb20k")),
        ("CLERK_JWT_KEY", Some(&key.public_pem())),
    ])
    .await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    let token = Token::of_instance(ISSUER, &ada).signed_by(&key);
    assert_eq!(usher.get("/users/me", &token).await.expect_json()["id"], ada);
    let token = Token::of_instance("https://clerk.example.org", &ada).signed_by(&key);
    usher.get("/users/me", &token).await.expect_unauthorized("invalid-token");
}

/// The token could be neither accepted nor refused, so the caller is asked to retry.
#[tokio::test]
async fn callers_get_503_while_the_issuer_is_unreachable() {
    // No server listens on port 1 of this machine.
    let usher = Usher::with_environment([("CLERK_ISSUER", Some("http://127.0.0.1:1"))]).await;
    let token = usher.session_token(&new_user_id());
    for path in ["/users/me", "/users/me/status", "/users/user_1"] {
        let answer = usher.get(path, &token).await;
        answer.expect_problem(503, "keys-unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
}
