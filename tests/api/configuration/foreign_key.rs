//! A secret key of another Clerk instance. That instance knows none of the users here: its 404 must not delete a user,
//! and its list must not import one.

use clerk_emulator::{InjectedFault, WebhookDelivery};
use harness::{Answer, Key, Token, Usher, new_user_id, user_object};
use local::Schedules;
use reqwest::Method;
use serde_json::json;

/// Starts a stack that accepts the tokens of its own instance and has the secret key of `other`.
async fn start_with_key_of(other: &Usher) -> Usher {
    let (url, key) = (other.clerk().issuer().to_owned(), other.clerk().secret_key().to_owned());
    Usher::with_options(|options| {
        options.schedules = Schedules::Off;
        options.environment.insert("CLERK_API_URL".to_owned(), Some(url));
        options.environment.insert("CLERK_SECRET_KEY".to_owned(), Some(key));
    })
    .await
}

async fn delete_account(usher: &Usher, id: &str) -> Answer {
    let authorization = ("authorization", format!("Bearer {}", usher.session_token(id)));
    usher.call(Method::DELETE, "/users/me", &[authorization], Vec::new()).await
}

#[tokio::test]
async fn a_foreign_secret_key_deletes_no_user() {
    let other = Usher::with_options(|_| {}).await;
    let usher = start_with_key_of(&other).await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    for _ in 0..3 {
        delete_account(&usher, &ada).await.expect_problem(503, "clerk-not-configured");
    }
    assert_eq!(usher.get("/users/me", &usher.session_token(&ada)).await.expect_json()["id"], *ada);
    assert_eq!(other.clerk().count_requests("DELETE", &format!("/v1/users/{ada}")), 0);
    let line = usher.logs().line_with("CLERK_SECRET_KEY").await;
    assert!(line.contains("another Clerk instance"), "{line}");
    // The function remembers the mismatch, so that a caller cannot cause a request to Clerk each time.
    assert_eq!(other.clerk().count_requests("GET", "/v1/jwks"), 1);
}

#[tokio::test]
async fn a_foreign_secret_key_imports_no_user() {
    let other = Usher::with_options(|_| {}).await;
    let usher = start_with_key_of(&other).await;
    let strangers = other.clerk().add_users(3);
    let request = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 100});
    let error = usher.invoke("reconcile-users", request.to_string()).await.unwrap_err().to_string();
    assert!(error.contains("another Clerk instance"), "{error}");
    for stranger in &strangers {
        assert_eq!(usher.row(stranger).await, None);
    }

    let ada = new_user_id();
    let known_there = InjectedFault::Response { status: 200, headers: Vec::new(), body: user_object(&ada, 1) };
    other.clerk().inject_fault("GET", &format!("/v1/users/{ada}"), known_there);
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_problem(404, "user-not-synced");
    assert_eq!(usher.row(&ada).await, None);
}

#[tokio::test]
async fn the_secret_key_is_checked_once_per_process() {
    let usher = Usher::with_options(|options| options.concurrency = 1).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    for user in usher.clerk().add_users(3) {
        usher.get("/users/me", &usher.session_token(&user)).await.expect_json();
    }
    assert_eq!(usher.clerk().count_requests("GET", "/v1/jwks"), 1);
}

/// The function cannot tell which instance the key belongs to. It calls Clerk only for the check, and the next request
/// checks again.
#[tokio::test]
async fn a_secret_key_that_cannot_be_checked_deletes_no_user() {
    let usher = Usher::with_options(|options| options.concurrency = 1).await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    usher.clerk().inject_fault("GET", "/v1/jwks", InjectedFault::unavailable());
    delete_account(&usher, &ada).await.expect_problem(503, "clerk-unavailable");
    assert_eq!(usher.clerk().count_requests("DELETE", &format!("/v1/users/{ada}")), 0);
    usher.clerk().clear_faults();
    delete_account(&usher, &ada).await.assert_status(202);
}

#[tokio::test]
async fn a_configured_public_key_also_checks_the_secret_key() {
    let clerk = Usher::with_options(|_| {}).await;
    let with_public_key = async |pem: &str| {
        Usher::with_environment([
            ("CLERK_ISSUER", Some(clerk.clerk().issuer())),
            ("CLERK_API_URL", Some(clerk.clerk().issuer())),
            ("CLERK_SECRET_KEY", Some(clerk.clerk().secret_key())),
            ("CLERK_JWT_KEY", Some(pem)),
        ])
        .await
    };
    clerk.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    let ada = clerk.clerk().add_users(1).remove(0);

    let (stranger, issuer) = (Key::generate(), clerk.clerk().issuer());
    let usher = with_public_key(&stranger.public_pem()).await;
    let token = Token::of_instance(issuer, &ada).signed_by(&stranger);
    usher.get("/users/me", &token).await.expect_problem(404, "user-not-synced");

    let usher = with_public_key(&clerk.clerk().public_key_pem()).await;
    assert_eq!(usher.get("/users/me", &clerk.session_token(&ada)).await.expect_json()["id"], *ada);
}
