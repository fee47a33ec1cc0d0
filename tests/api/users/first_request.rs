//! The first request of a user may come before the webhook: Clerk is asked, and never the token believed for a row.

use clerk_emulator::{InjectedFault, WebhookDelivery};
use futures_util::future::{join, join_all};
use harness::{Answer, Usher, attributes, new_user_id, now_ms, number, user_object};
use reqwest::Method;
use serde_json::json;

/// A stack whose webhooks are lost.
async fn without_webhooks() -> Usher {
    let usher = Usher::with_options(|_| {}).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    usher
}

fn user_path(id: &str) -> String {
    format!("/v1/users/{id}")
}

async fn ask(usher: &Usher, method: Method, path: &str, id: &str, body: &str) -> Answer {
    let authorization = ("authorization", format!("Bearer {}", usher.session_token(id)));
    let json = ("content-type", "application/json".to_owned());
    usher.call(method, path, &[authorization, json], body.into()).await
}

#[tokio::test]
async fn whichever_route_it_is_for_it_brings_the_user_in() {
    let usher = without_webhooks().await;
    let bob = usher.clerk().add_users(1).remove(0);
    ask(&usher, Method::GET, "/users/me", &bob, "").await.expect_json();
    for (method, path, body, status) in [
        (Method::GET, "/users/me", "", 200),
        (Method::GET, "/users/me/status", "", 200),
        (Method::GET, &format!("/users/{bob}"), "", 200),
        (Method::POST, "/threads", r#"{"title":"Engines"}"#, 201),
        (Method::GET, "/threads", "", 200),
        (Method::GET, "/settings", "", 200),
        (Method::PATCH, "/settings", r#"{"theme":"dark"}"#, 200),
    ] {
        let ada = usher.clerk().add_users(1).remove(0);
        let answer = ask(&usher, method, path, &ada, body).await;
        answer.assert_status(status);
        let row = usher.row(&ada).await.unwrap_or_else(|| panic!("{}: no row", answer.exchange));
        assert!(!attributes(&row).contains("svix_id"));
        let (kept, own) = (usher.stored_user(&ada).await, usher.clerk().user_object(&ada).unwrap());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&kept).unwrap(), own);
        // And no more than once.
        ask(&usher, Method::GET, "/users/me", &ada, "").await.expect_json();
        assert_eq!(usher.clerk().count_requests("GET", &user_path(&ada)), 1, "{}", answer.exchange);
        if path.ends_with("status") {
            assert_eq!(answer.expect_json()["status"], "signed_in");
        }
    }
}

#[tokio::test]
async fn a_user_clerk_does_not_know_is_not_created() {
    let usher = without_webhooks().await;
    let nobody = new_user_id();
    ask(&usher, Method::GET, "/users/me", &nobody, "").await.expect_problem(404, "user-not-synced");
    assert_eq!(ask(&usher, Method::GET, "/users/me/status", &nobody, "").await.expect_json()["status"], "not_synced");
    assert_eq!(usher.clerk().count_requests("GET", &user_path(&nobody)), 2);
    assert_eq!(usher.row(&nobody).await, None);
}

/// A token is good for its minute after Clerk has deleted the user.
#[tokio::test]
async fn clerk_is_not_asked_for_the_same_stranger_at_every_request() {
    let usher = Usher::with_options(|options| options.concurrency = 1).await;
    let nobody = new_user_id();
    for _ in 0..5 {
        ask(&usher, Method::GET, "/users/me", &nobody, "").await.expect_problem(404, "user-not-synced");
    }
    assert_eq!(usher.clerk().count_requests("GET", &user_path(&nobody)), 1);
}

#[tokio::test]
async fn without_a_secret_key_the_webhook_is_waited_for() {
    let usher = Usher::with_environment([("CLERK_SECRET_KEY", None)]).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Hold);
    let ada = usher.clerk_request(Method::POST, "/v1/users", &json!({"first_name": "Ada"})).await["id"].clone();
    let ada = ada.as_str().unwrap();
    let answer = ask(&usher, Method::GET, "/users/me", ada, "").await;
    answer.expect_problem(404, "user-not-synced");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(usher.clerk().count_requests("GET", &user_path(ada)), 0);
    usher.clerk().set_webhook_delivery(WebhookDelivery::Send);
    let arrived = async || usher.row(ada).await;
    harness::eventually("the webhook", arrived).await;
    ask(&usher, Method::GET, "/users/me", ada, "").await.expect_json();
}

#[tokio::test]
async fn two_hundred_first_requests_at_once_make_one_row() {
    let usher = without_webhooks().await;
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

/// Clerk still tells of the user: the fetch is of a moment before the deletion.
#[tokio::test]
async fn of_a_thousand_deletions_that_meet_a_first_request_none_is_undone() {
    let usher = without_webhooks().await;
    let users = usher.clerk().add_users(1000);
    let race = async |ada: &str| {
        let deleted = usher.event("user.deleted", &format!(r#"{{"deleted":true,"id":"{ada}"}}"#), now_ms());
        let (first, deletion) = join(ask(&usher, Method::GET, "/users/me", ada, ""), usher.deliver(deleted)).await;
        deletion.assert_outcome("deleted");
        assert!(first.status == 200 || first.status == 401, "{first:?}");
        ask(&usher, Method::GET, "/users/me", ada, "").await.expect_unauthorized("user-deleted");
        let row = usher.row(ada).await.unwrap();
        assert!(row.contains_key("deleted_at") && !row.contains_key("clerk_user"), "{row:?}");
        usize::from(first.status == 200)
    };
    let mut first_came_first = 0;
    for users in users.chunks(20) {
        first_came_first += join_all(users.iter().map(|ada| race(ada))).await.into_iter().sum::<usize>();
    }
    assert!((1..1000).contains(&first_came_first), "no race: {first_came_first} of 1000 requests came first");
}

#[tokio::test]
async fn a_newer_webhook_wins_whichever_is_faster() {
    let usher = without_webhooks().await;
    for ada in usher.clerk().add_users(100) {
        let newer = now_ms() + 60_000;
        let event = usher.event("user.updated", &user_object(&ada, newer), newer);
        let (first, webhook) = join(ask(&usher, Method::GET, "/users/me", &ada, ""), usher.deliver(event)).await;
        first.expect_json();
        webhook.expect_json();
        assert_eq!(number(&usher.row(&ada).await.unwrap(), "updated_at"), newer);
    }
}

#[tokio::test]
async fn trouble_at_clerk_that_passes_is_waited_out() {
    let usher = without_webhooks().await;
    for fault in [InjectedFault::unavailable(), InjectedFault::rate_limited(1), InjectedFault::LostResponse] {
        let ada = usher.clerk().add_users(1).remove(0);
        usher.clerk().inject_fault_times("GET", &user_path(&ada), fault, 1);
        ask(&usher, Method::GET, "/users/me", &ada, "").await.expect_json();
        assert_eq!(usher.clerk().count_requests("GET", &user_path(&ada)), 2);
    }
}

#[tokio::test]
async fn trouble_at_clerk_that_stays_is_as_if_nobody_had_asked() {
    let usher = without_webhooks().await;
    let other = new_user_id();
    let body = |body: &str| InjectedFault::Response { status: 200, headers: Vec::new(), body: body.to_owned() };
    for (row, fault, attempts) in [
        ("down", InjectedFault::unavailable(), 3),
        ("over its limit for long", InjectedFault::rate_limited(60), 1),
        ("refusing the key", InjectedFault::Response { status: 401, headers: Vec::new(), body: "{}".to_owned() }, 1),
        ("not Clerk at all", InjectedFault::Response { status: 404, headers: Vec::new(), body: "no".to_owned() }, 1),
        ("answering rubbish", body("<html>"), 1),
        ("answering another user", body(&user_object(&other, now_ms())), 1),
        ("answering too much", body(&format!(r#"{{"x":"{}"}}"#, "x".repeat(600 * 1024))), 1),
        ("silent", InjectedFault::NoResponse, 2),
    ] {
        let ada = usher.clerk().add_users(1).remove(0);
        usher.clerk().inject_fault("GET", &user_path(&ada), fault);
        ask(&usher, Method::GET, "/users/me", &ada, "").await.labeled(row).expect_problem(404, "user-not-synced");
        assert_eq!(usher.clerk().count_requests("GET", &user_path(&ada)), attempts, "{row}");
        assert_eq!((usher.row(&ada).await, usher.row(&other).await), (None, None), "{row}");
    }
}
