//! First requests before the webhook: the function fetches the user from Clerk. It never builds a row from the token.

use clerk_emulator::{InjectedFault, WebhookDelivery};
use futures_util::future::{join, join_all};
use harness::{Answer, Usher, attributes, eventually, new_user_id, now_ms, number, user_object};
use reqwest::Method;
use serde_json::{Value, json};

/// Starts a stack that loses all webhooks.
async fn start_without_webhooks() -> Usher {
    let usher = Usher::with_options(|_| {}).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    usher
}

fn user_path(id: &str) -> String {
    format!("/v1/users/{id}")
}

async fn call(usher: &Usher, method: Method, path: &str, id: &str, body: &str) -> Answer {
    let authorization = ("authorization", format!("Bearer {}", usher.session_token(id)));
    let json = ("content-type", "application/json".to_owned());
    usher.call(method, path, &[authorization, json], body.into()).await
}

#[tokio::test]
async fn a_first_request_to_any_route_imports_the_user() {
    let usher = start_without_webhooks().await;
    let bob = usher.clerk().add_users(1).remove(0);
    call(&usher, Method::GET, "/users/me", &bob, "").await.expect_json();
    for (method, path, body, status) in [
        (Method::GET, "/users/me", "", 200),
        (Method::GET, "/users/me/status", "", 200),
        (Method::GET, &format!("/users/{bob}"), "", 200),
        (Method::GET, "/stream/users/me/export", "", 200),
        (Method::POST, "/threads", r#"{"title":"Engines"}"#, 201),
        (Method::GET, "/threads", "", 200),
        (Method::GET, "/settings", "", 200),
        (Method::PATCH, "/settings", r#"{"theme":"dark"}"#, 200),
    ] {
        let ada = usher.clerk().add_users(1).remove(0);
        let answer = call(&usher, method, path, &ada, body).await;
        answer.assert_status(status);
        let row = usher.row(&ada).await.unwrap_or_else(|| panic!("{}: no row", answer.exchange));
        assert!(!attributes(&row).contains("svix_id"));
        let (kept, own) = (usher.stored_user(&ada).await, usher.clerk().user_object(&ada).unwrap());
        assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), own);
        // The user is fetched only once.
        call(&usher, Method::GET, "/users/me", &ada, "").await.expect_json();
        assert_eq!(usher.clerk().count_requests("GET", &user_path(&ada)), 1, "{}", answer.exchange);
        if path.ends_with("status") {
            assert_eq!(answer.expect_json()["status"], "signed_in");
        }
    }
}

#[tokio::test]
async fn a_user_unknown_to_clerk_is_not_created() {
    let usher = start_without_webhooks().await;
    let unknown = new_user_id();
    call(&usher, Method::GET, "/users/me", &unknown, "").await.expect_problem(404, "user-not-synced");
    assert_eq!(call(&usher, Method::GET, "/users/me/status", &unknown, "").await.expect_json()["status"], "not_synced");
    assert_eq!(usher.clerk().count_requests("GET", &user_path(&unknown)), 2);
    assert_eq!(usher.row(&unknown).await, None);
}

/// A token stays valid for its minute after Clerk has deleted the user.
#[tokio::test]
async fn clerk_is_asked_only_once_about_an_unknown_user() {
    let usher = Usher::with_options(|options| options.concurrency = 1).await;
    let unknown = new_user_id();
    for _ in 0..5 {
        call(&usher, Method::GET, "/users/me", &unknown, "").await.expect_problem(404, "user-not-synced");
    }
    assert_eq!(usher.clerk().count_requests("GET", &user_path(&unknown)), 1);
}

#[tokio::test]
async fn a_user_stays_unsynced_without_a_secret_key() {
    let usher = Usher::with_environment([("CLERK_SECRET_KEY", None)]).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Hold);
    let ada = usher.clerk_request(Method::POST, "/v1/users", &json!({"first_name": "Ada"})).await["id"].clone();
    let ada = ada.as_str().unwrap();
    let answer = call(&usher, Method::GET, "/users/me", ada, "").await;
    answer.expect_problem(404, "user-not-synced");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(usher.clerk().count_requests("GET", &user_path(ada)), 0);
    usher.clerk().set_webhook_delivery(WebhookDelivery::Send);
    let arrived = async || usher.row(ada).await;
    eventually("the webhook", arrived).await;
    call(&usher, Method::GET, "/users/me", ada, "").await.expect_json();
}

#[tokio::test]
async fn two_hundred_concurrent_first_requests_create_one_row() {
    let usher = start_without_webhooks().await;
    let ada = usher.clerk().add_users(1).remove(0);
    let token = usher.session_token(&ada);
    for answer in join_all((0..200).map(|_| usher.get("/users/me", &token))).await {
        assert_eq!(answer.expect_json()["id"], *ada);
    }
    let lines = usher.logs().lines();
    let created = lines.iter().filter(|line| line.contains("fetched from Clerk") && line.contains("created")).count();
    assert_eq!(created, 1);
    assert_eq!(usher.rows(&ada).await.len(), 1);
}

/// Clerk still returns the user, like a fetch just before the deletion.
#[tokio::test]
async fn a_first_request_never_undoes_a_concurrent_deletion() {
    let usher = start_without_webhooks().await;
    let users = usher.clerk().add_users(1000);
    let race = async |ada: &str| {
        let deleted = usher.event("user.deleted", &format!(r#"{{"deleted":true,"id":"{ada}"}}"#), now_ms());
        let (first, deletion) = join(call(&usher, Method::GET, "/users/me", ada, ""), usher.deliver(deleted)).await;
        deletion.assert_outcome("deleted");
        assert!(first.status == 200 || first.status == 401, "{first:?}");
        call(&usher, Method::GET, "/users/me", ada, "").await.expect_unauthorized("user-deleted");
        let row = usher.row(ada).await.unwrap();
        assert!(row.contains_key("deleted_at") && !row.contains_key("clerk_user"), "{row:?}");
        usize::from(first.status == 200)
    };
    let mut served_first = 0;
    for users in users.chunks(20) {
        served_first += join_all(users.iter().map(|ada| race(ada))).await.into_iter().sum::<usize>();
    }
    assert!((1..1000).contains(&served_first), "no race: {served_first} of 1000 requests came first");
}

#[tokio::test]
async fn a_newer_webhook_wins_against_a_first_request() {
    let usher = start_without_webhooks().await;
    for ada in usher.clerk().add_users(100) {
        let newer = now_ms() + 60_000;
        let event = usher.event("user.updated", &user_object(&ada, newer), newer);
        let (first, webhook) = join(call(&usher, Method::GET, "/users/me", &ada, ""), usher.deliver(event)).await;
        first.expect_json();
        webhook.expect_json();
        assert_eq!(number(&usher.row(&ada).await.unwrap(), "updated_at"), newer);
    }
}

#[tokio::test]
async fn a_transient_error_at_clerk_is_retried() {
    let usher = start_without_webhooks().await;
    for fault in [InjectedFault::unavailable(), InjectedFault::rate_limited(1), InjectedFault::LostResponse] {
        let ada = usher.clerk().add_users(1).remove(0);
        usher.clerk().inject_fault_times("GET", &user_path(&ada), fault, 1);
        call(&usher, Method::GET, "/users/me", &ada, "").await.expect_json();
        assert_eq!(usher.clerk().count_requests("GET", &user_path(&ada)), 2);
    }
}

#[tokio::test]
async fn a_lasting_error_at_clerk_gets_user_not_synced() {
    let usher = start_without_webhooks().await;
    let other = new_user_id();
    let body = |body: &str| InjectedFault::Response { status: 200, headers: Vec::new(), body: body.to_owned() };
    for (row, fault, attempts) in [
        ("unavailable", InjectedFault::unavailable(), 3),
        ("rate-limited for long", InjectedFault::rate_limited(60), 1),
        ("a refused key", InjectedFault::Response { status: 401, headers: Vec::new(), body: "{}".to_owned() }, 1),
        (
            "a 404 from another server",
            InjectedFault::Response { status: 404, headers: Vec::new(), body: "no".to_owned() },
            1,
        ),
        ("invalid JSON", body("<html>"), 1),
        ("another user", body(&user_object(&other, now_ms())), 1),
        ("a response that is too large", body(&format!(r#"{{"x":"{}"}}"#, "x".repeat(600 * 1024))), 1),
        ("no response", InjectedFault::NoResponse, 2),
    ] {
        let ada = usher.clerk().add_users(1).remove(0);
        usher.clerk().inject_fault("GET", &user_path(&ada), fault);
        call(&usher, Method::GET, "/users/me", &ada, "").await.labeled(row).expect_problem(404, "user-not-synced");
        assert_eq!(usher.clerk().count_requests("GET", &user_path(&ada)), attempts, "{row}");
        assert_eq!((usher.row(&ada).await, usher.row(&other).await), (None, None), "{row}");
    }
}
