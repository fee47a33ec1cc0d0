//! `DELETE /users/me` deletes the user at Clerk and then here. Either step may fail and can be repeated.

mod concurrent_reads;
mod large_account;

use std::time::Duration;

use clerk_emulator::{InjectedFault, WebhookDelivery};
use harness::{Answer, FaultProxy, LinkState, Usher, eventually, now_ms, number, user_object};
use local::Schedules;
use reqwest::Method;
use serde_json::{Value, json};

fn user_path(id: &str) -> String {
    format!("/v1/users/{id}")
}

/// Creates a user of the emulator, whose webhook has arrived, with a thread and settings.
async fn create_user(usher: &Usher) -> String {
    let user = usher.clerk_request(Method::POST, "/v1/users", &json!({"first_name": "Ada"})).await;
    let ada = user["id"].as_str().unwrap().to_owned();
    let post = async |method: Method, path: &str, body: &str| {
        let authorization = ("authorization", format!("Bearer {}", usher.session_token(&ada)));
        let json = ("content-type", "application/json".to_owned());
        usher.call(method, path, &[authorization, json], body.into()).await
    };
    post(Method::POST, "/threads", r#"{"title":"Engines"}"#).await.expect_created();
    post(Method::PATCH, "/settings", r#"{"theme":"dark"}"#).await.expect_json();
    ada
}

async fn delete_account(usher: &Usher, token: &str) -> Answer {
    let authorization = ("authorization", format!("Bearer {token}"));
    usher.call(Method::DELETE, "/users/me", &[authorization], Vec::new()).await
}

#[track_caller]
fn assert_deleted(answer: &Answer) {
    answer.assert_status(202);
    assert_eq!(answer.body, r#"{"outcome":"deleted"}"#);
}

#[tokio::test]
async fn a_deletion_is_complete_before_the_webhook_arrives() {
    let usher = Usher::with_options(|options| options.schedules = Schedules::Off).await;
    let ada = create_user(&usher).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Hold);
    let token = usher.session_token(&ada);
    assert_deleted(&delete_account(&usher, &token).await);
    assert_eq!(usher.clerk().user_object(&ada), None);
    for path in ["/users/me", "/threads", "/settings"] {
        usher.get(path, &token).await.expect_unauthorized("user-deleted");
    }
    let [tombstone] = &usher.rows(&ada).await[..] else { panic!("more than the tombstone is left") };
    assert_eq!(number(tombstone, "erased"), 2);

    let answered = usher.logs().lines().iter().filter(|line| line.contains("POST /webhooks/clerk")).count();
    usher.clerk().set_webhook_delivery(WebhookDelivery::Send);
    let webhook = async || {
        let lines = usher.logs().lines();
        (lines.iter().filter(|line| line.contains("POST /webhooks/clerk")).count() > answered).then_some(())
    };
    eventually("the webhook", webhook).await;
    let after = usher.rows(&ada).await;
    assert_eq!((after.len(), &after[0]["deleted_at"]), (1, &tombstone["deleted_at"]));
    assert_eq!(number(&after[0], "erased"), 2);
}

#[tokio::test]
async fn a_deletion_can_be_repeated_while_the_token_is_valid() {
    let usher = Usher::shared().await;
    let ada = create_user(&usher).await;
    let token = usher.session_token(&ada);
    for _ in 0..3 {
        assert_deleted(&delete_account(&usher, &token).await);
    }
    let late = usher.event("user.created", &user_object(&ada, now_ms()), now_ms());
    usher.deliver(late).await.assert_outcome("stale");
    usher.get("/users/me", &token).await.expect_unauthorized("user-deleted");
}

#[tokio::test]
async fn a_deletion_before_the_first_webhook_is_final() {
    let usher = Usher::with_options(|_| {}).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    let ada = usher.clerk().add_users(1).remove(0);
    assert_deleted(&delete_account(&usher, &usher.session_token(&ada)).await);
    let late = usher.event("user.created", &user_object(&ada, now_ms()), now_ms());
    usher.deliver(late).await.assert_outcome("stale");
}

#[tokio::test]
async fn a_repeated_deletion_does_not_call_clerk_again() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = create_user(&usher).await;
    let token = usher.session_token(&ada);
    assert_deleted(&delete_account(&usher, &token).await);
    let asked = usher.clerk().count_requests("DELETE", &user_path(&ada));
    usher.clerk().inject_fault("DELETE", &user_path(&ada), InjectedFault::unavailable());
    assert_deleted(&delete_account(&usher, &token).await);
    assert_eq!((asked, usher.clerk().count_requests("DELETE", &user_path(&ada))), (1, 1));
}

/// Clerk's setting "Allow users to delete their accounts", of the instance or of one user.
#[tokio::test]
async fn a_deletion_that_clerk_forbids_is_refused() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = create_user(&usher).await;
    let at = now_ms() + 1;
    let user = user_object(&ada, at).replacen('{', r#"{"delete_self_enabled":false,"#, 1);
    usher.deliver(usher.event("user.updated", &user, at)).await.assert_outcome("updated");
    delete_account(&usher, &usher.session_token(&ada)).await.expect_problem(403, "delete-self-disabled");
    assert!(usher.clerk().user_object(&ada).is_some());
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
}

/// The user is not stored yet, so the function asks Clerk.
#[tokio::test]
async fn a_forbidden_deletion_is_refused_before_the_webhook_too() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = usher.clerk().add_users(1).remove(0);
    let user = user_object(&ada, now_ms()).replacen('{', r#"{"delete_self_enabled":false,"#, 1);
    let answer = InjectedFault::Response { status: 200, headers: Vec::new(), body: user };
    usher.clerk().inject_fault("GET", &user_path(&ada), answer);
    delete_account(&usher, &usher.session_token(&ada)).await.expect_problem(403, "delete-self-disabled");
    assert_eq!(usher.clerk().count_requests("DELETE", &user_path(&ada)), 0);
    assert!(usher.row(&ada).await.is_none());
}

#[tokio::test]
async fn a_banned_user_is_refused_before_the_webhook_too() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = usher.clerk().add_users(1).remove(0);
    let user = user_object(&ada, now_ms()).replace(r#""banned":false"#, r#""banned":true"#);
    usher.clerk().inject_fault(
        "GET",
        &user_path(&ada),
        InjectedFault::Response { status: 200, headers: Vec::new(), body: user },
    );
    delete_account(&usher, &usher.session_token(&ada)).await.expect_problem(403, "user-banned");
    assert_eq!(usher.clerk().count_requests("DELETE", &user_path(&ada)), 0);
}

#[tokio::test]
async fn an_impersonated_session_cannot_delete_the_account() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = create_user(&usher).await;
    for actor in [json!({"sub": "user_support"}), json!("user_support")] {
        let token = usher.token(&ada).claim("act", actor).minted_by(usher.clerk());
        delete_account(&usher, &token).await.expect_problem(403, "impersonated");
    }
    let lines = usher.logs().lines();
    let line = lines.iter().find(|line| line.contains("impersonated")).unwrap();
    let session = ada.replace("user_", "sess_");
    assert!(line.contains("user_support") && line.contains(&session) && line.contains(&ada), "{line}");
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
}

/// `useReverification` of Clerk's frontend reads this response, asks the user for a factor and repeats the request.
#[tokio::test]
async fn an_old_factor_must_be_verified_again() {
    let usher = Usher::with_environment([("CLERK_REVERIFICATION_MINUTES", Some("10"))]).await;
    let ada = create_user(&usher).await;
    let with_ages = |ages: Value| usher.token(&ada).claim("fva", ages).minted_by(usher.clerk());
    let without = usher.token(&ada).without("fva").minted_by(usher.clerk());
    for token in [with_ages(json!([10, -1])), with_ages(json!([0, 10])), with_ages(json!("0,0")), without] {
        let answer = delete_account(&usher, &token).await;
        answer.expect_problem(403, "reverification-required");
        let expected = json!({"type": "forbidden", "reason": "reverification-error", "metadata":
            {"reverification": {"level": "second_factor", "afterMinutes": 10}}});
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["clerk_error"], expected);
    }
    assert!(usher.clerk().user_object(&ada).is_some());
    assert_deleted(&delete_account(&usher, &with_ages(json!([9, -1]))).await);
}

#[tokio::test]
async fn a_deletion_changes_nothing_while_clerk_is_down() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = create_user(&usher).await;
    let token = usher.session_token(&ada);
    usher.clerk().inject_fault("DELETE", &user_path(&ada), InjectedFault::unavailable());
    let answer = delete_account(&usher, &token).await;
    answer.expect_problem(503, "clerk-unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(usher.get("/users/me", &token).await.expect_json()["id"], *ada);
    usher.clerk().clear_faults();
    assert_deleted(&delete_account(&usher, &token).await);
}

#[tokio::test]
async fn a_lost_response_from_clerk_is_retried() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = create_user(&usher).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    usher.clerk().inject_fault_times("DELETE", &user_path(&ada), InjectedFault::LostResponse, 1);
    assert_deleted(&delete_account(&usher, &usher.session_token(&ada)).await);
    assert_eq!(usher.clerk().count_requests("DELETE", &user_path(&ada)), 2);
    assert!(usher.row(&ada).await.unwrap().contains_key("deleted_at"));
}

#[tokio::test]
async fn a_repeat_completes_a_deletion_that_failed_at_dynamodb() {
    let proxy = FaultProxy::start().await;
    let usher = Usher::with_options(|options| options.storage = proxy.storage()).await;
    let ada = create_user(&usher).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    let token = usher.session_token(&ada);
    usher.clerk().inject_fault("DELETE", &user_path(&ada), InjectedFault::Delay(Duration::from_secs(1)));
    let throttle = async {
        let asked = async || (usher.clerk().count_requests("DELETE", &user_path(&ada)) == 1).then_some(());
        eventually("the request to Clerk", asked).await;
        proxy.set_link(LinkState::Throttling);
    };
    let (answer, ()) = tokio::join!(delete_account(&usher, &token), throttle);
    answer.expect_problem(503, "unavailable");
    usher.clerk().clear_faults();
    assert_eq!(usher.clerk().user_object(&ada), None);
    proxy.set_link(LinkState::Connected);
    // Clerk no longer knows the user.
    assert_deleted(&delete_account(&usher, &token).await);
    usher.get("/users/me", &token).await.expect_unauthorized("user-deleted");
}

#[tokio::test]
async fn a_deletion_without_a_secret_key_gets_503() {
    let usher = Usher::with_environment([("CLERK_SECRET_KEY", None)]).await;
    let ada = create_user(&usher).await;
    let detail = delete_account(&usher, &usher.session_token(&ada)).await.expect_problem(503, "clerk-not-configured");
    assert!(detail.contains("CLERK_SECRET_KEY"), "{detail}");
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
}

/// A 404 from another server than Clerk does not mean that the user is deleted.
#[tokio::test]
async fn a_refusal_by_clerk_is_a_server_error_and_deletes_nothing() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = create_user(&usher).await;
    for (row, status, body, (answer, code)) in [
        ("the key", 401, "{}", (503, "clerk-not-configured")),
        ("a 404 from another server", 404, "no such page", (500, "internal")),
    ] {
        let refusal = InjectedFault::Response { status, headers: Vec::new(), body: body.to_owned() };
        usher.clerk().inject_fault("DELETE", &user_path(&ada), refusal);
        delete_account(&usher, &usher.session_token(&ada)).await.labeled(row).expect_problem(answer, code);
        usher.get("/users/me", &usher.session_token(&ada)).await.labeled(row).expect_json();
    }
}

/// Clerk's own code decides, however long the answer around it is.
#[tokio::test]
async fn a_user_whom_clerk_does_not_know_is_deleted_here() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = create_user(&usher).await;
    let error = json!({"code": "resource_not_found", "message": "not found", "long_message": "x".repeat(10 * 1024)});
    let body = json!({ "errors": [error] }).to_string();
    usher.clerk().inject_fault(
        "DELETE",
        &user_path(&ada),
        InjectedFault::Response { status: 404, headers: Vec::new(), body },
    );
    assert_deleted(&delete_account(&usher, &usher.session_token(&ada)).await);
}
