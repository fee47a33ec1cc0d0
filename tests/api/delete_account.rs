//! Who leaves is deleted at Clerk and here, at once; either half may fail, and be repeated.

mod concurrent_reads;
mod large_account;

use std::time::Duration;

use clerk_emulator::{InjectedFault, WebhookDelivery};
use harness::{Answer, FaultProxy, LinkState, Usher, number};
use reqwest::Method;
use serde_json::json;

fn user_path(id: &str) -> String {
    format!("/v1/users/{id}")
}

/// A user of the emulator, whose webhook has arrived, with a thread and settings.
async fn a_user(usher: &Usher) -> String {
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

async fn leave(usher: &Usher, token: &str) -> Answer {
    let authorization = ("authorization", format!("Bearer {token}"));
    usher.call(Method::DELETE, "/users/me", &[authorization], Vec::new()).await
}

#[track_caller]
fn assert_accepted(answer: &Answer) {
    answer.assert_status(202);
    assert_eq!(answer.body, r#"{"outcome":"deleted"}"#);
}

#[tokio::test]
async fn who_leaves_is_gone_at_clerk_and_here_and_the_webhook_changes_nothing() {
    let usher = Usher::with_options(|options| options.schedules = local::Schedules::Off).await;
    let ada = a_user(&usher).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Hold);
    let token = usher.session_token(&ada);
    assert_accepted(&leave(&usher, &token).await);
    assert_eq!(usher.clerk().user_object(&ada), None);
    for path in ["/users/me", "/threads", "/settings"] {
        usher.get(path, &token).await.expect_unauthorized("user-deleted");
    }
    let [tombstone] = &usher.rows(&ada).await[..] else { panic!("more than a tombstone is left") };
    assert_eq!(number(tombstone, "erased"), 2);

    let answered = usher.logs().lines().iter().filter(|line| line.contains("POST /webhooks/clerk")).count();
    usher.clerk().set_webhook_delivery(WebhookDelivery::Send);
    let webhook = async || {
        let lines = usher.logs().lines();
        (lines.iter().filter(|line| line.contains("POST /webhooks/clerk")).count() > answered).then_some(())
    };
    harness::eventually("the webhook", webhook).await;
    let after = usher.rows(&ada).await;
    assert_eq!((after.len(), &after[0]["deleted_at"]), (1, &tombstone["deleted_at"]));
    assert_eq!(number(&after[0], "erased"), 2);
}

#[tokio::test]
async fn it_may_be_repeated_for_as_long_as_the_token_is_good() {
    let usher = Usher::shared().await;
    let ada = a_user(&usher).await;
    let token = usher.session_token(&ada);
    for _ in 0..3 {
        assert_accepted(&leave(&usher, &token).await);
    }
    let late = usher.event("user.created", &harness::user_object(&ada, harness::now_ms()), harness::now_ms());
    usher.deliver(late).await.assert_outcome("stale");
    usher.get("/users/me", &token).await.expect_unauthorized("user-deleted");
}

#[tokio::test]
async fn who_leaves_before_the_first_webhook_stays_away() {
    let usher = Usher::with_options(|_| {}).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    let ada = usher.clerk().add_users(1).remove(0);
    assert_accepted(&leave(&usher, &usher.session_token(&ada)).await);
    let late = usher.event("user.created", &harness::user_object(&ada, harness::now_ms()), harness::now_ms());
    usher.deliver(late).await.assert_outcome("stale");
}

#[tokio::test]
async fn a_repeat_does_not_ask_clerk_again() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = a_user(&usher).await;
    let token = usher.session_token(&ada);
    assert_accepted(&leave(&usher, &token).await);
    let asked = usher.clerk().count_requests("DELETE", &user_path(&ada));
    usher.clerk().inject_fault("DELETE", &user_path(&ada), InjectedFault::unavailable());
    assert_accepted(&leave(&usher, &token).await);
    assert_eq!((asked, usher.clerk().count_requests("DELETE", &user_path(&ada))), (1, 1));
}

/// Clerk's setting "Allow users to delete their accounts", of the instance or of one user.
#[tokio::test]
async fn a_user_whom_clerk_forbids_to_leave_stays() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = a_user(&usher).await;
    let at = harness::now_ms() + 1;
    let user = harness::user_object(&ada, at).replacen('{', r#"{"delete_self_enabled":false,"#, 1);
    usher.deliver(usher.event("user.updated", &user, at)).await.assert_outcome("updated");
    leave(&usher, &usher.session_token(&ada)).await.expect_problem(403, "delete-self-disabled");
    assert!(usher.clerk().user_object(&ada).is_some());
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
}

/// Nothing is stored yet, so Clerk is asked.
#[tokio::test]
async fn a_user_whose_webhook_is_late_may_not_leave_against_clerks_rule_either() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = usher.clerk().add_users(1).remove(0);
    let user = harness::user_object(&ada, harness::now_ms()).replacen('{', r#"{"delete_self_enabled":false,"#, 1);
    let answer = InjectedFault::Response { status: 200, headers: Vec::new(), body: user };
    usher.clerk().inject_fault("GET", &user_path(&ada), answer);
    leave(&usher, &usher.session_token(&ada)).await.expect_problem(403, "delete-self-disabled");
    assert_eq!(usher.clerk().count_requests("DELETE", &user_path(&ada)), 0);
    assert!(usher.row(&ada).await.is_none());
}

#[tokio::test]
async fn a_banned_user_whose_webhook_is_late_may_not_leave_either() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = usher.clerk().add_users(1).remove(0);
    let user = harness::user_object(&ada, harness::now_ms()).replace(r#""banned":false"#, r#""banned":true"#);
    usher.clerk().inject_fault(
        "GET",
        &user_path(&ada),
        InjectedFault::Response { status: 200, headers: Vec::new(), body: user },
    );
    leave(&usher, &usher.session_token(&ada)).await.expect_problem(403, "user-banned");
    assert_eq!(usher.clerk().count_requests("DELETE", &user_path(&ada)), 0);
}

#[tokio::test]
async fn an_impersonated_session_cannot_delete_the_account() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = a_user(&usher).await;
    for actor in [json!({"sub": "user_support"}), json!("user_support")] {
        let token = usher.token(&ada).claim("act", actor).minted_by(usher.clerk());
        leave(&usher, &token).await.expect_problem(403, "impersonated");
    }
    let lines = usher.logs().lines();
    let line = lines.iter().find(|line| line.contains("impersonated")).unwrap();
    let session = ada.replace("user_", "sess_");
    assert!(line.contains("user_support") && line.contains(&session) && line.contains(&ada), "{line}");
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
}

/// `useReverification` of Clerk's frontend asks the user for a factor and repeats the request, if the answer says so.
#[tokio::test]
async fn a_factor_that_is_too_old_must_be_verified_again() {
    let usher = Usher::with_environment([("CLERK_REVERIFICATION_MINUTES", Some("10"))]).await;
    let ada = a_user(&usher).await;
    let with_ages = |ages: serde_json::Value| usher.token(&ada).claim("fva", ages).minted_by(usher.clerk());
    let without = usher.token(&ada).without("fva").minted_by(usher.clerk());
    for token in [with_ages(json!([10, -1])), with_ages(json!([0, 10])), with_ages(json!("0,0")), without] {
        let answer = leave(&usher, &token).await;
        answer.expect_problem(403, "reverification-required");
        let expected = json!({"type": "forbidden", "reason": "reverification-error", "metadata":
            {"reverification": {"level": "second_factor", "afterMinutes": 10}}});
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["clerk_error"], expected);
    }
    assert!(usher.clerk().user_object(&ada).is_some());
    assert_accepted(&leave(&usher, &with_ages(json!([9, -1]))).await);
}

#[tokio::test]
async fn while_clerk_is_down_nothing_is_deleted() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = a_user(&usher).await;
    let token = usher.session_token(&ada);
    usher.clerk().inject_fault("DELETE", &user_path(&ada), InjectedFault::unavailable());
    let answer = leave(&usher, &token).await;
    answer.expect_problem(503, "clerk-unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(usher.get("/users/me", &token).await.expect_json()["id"], *ada);
    usher.clerk().clear_faults();
    assert_accepted(&leave(&usher, &token).await);
}

#[tokio::test]
async fn an_answer_of_clerk_that_is_lost_costs_nothing() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = a_user(&usher).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    usher.clerk().inject_fault_times("DELETE", &user_path(&ada), InjectedFault::LostResponse, 1);
    assert_accepted(&leave(&usher, &usher.session_token(&ada)).await);
    assert_eq!(usher.clerk().count_requests("DELETE", &user_path(&ada)), 2);
    assert!(usher.row(&ada).await.unwrap().contains_key("deleted_at"));
}

#[tokio::test]
async fn where_the_second_half_fails_a_repeat_does_it() {
    let proxy = FaultProxy::start().await;
    let usher = Usher::with_options(|options| options.storage = proxy.storage()).await;
    let ada = a_user(&usher).await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    let token = usher.session_token(&ada);
    usher.clerk().inject_fault("DELETE", &user_path(&ada), InjectedFault::Delay(Duration::from_secs(1)));
    let throttle = async {
        let asked = async || (usher.clerk().count_requests("DELETE", &user_path(&ada)) == 1).then_some(());
        harness::eventually("the request to Clerk", asked).await;
        proxy.set_link(LinkState::Throttling);
    };
    let (answer, ()) = tokio::join!(leave(&usher, &token), throttle);
    answer.expect_problem(503, "unavailable");
    usher.clerk().clear_faults();
    assert_eq!(usher.clerk().user_object(&ada), None);
    proxy.set_link(LinkState::Connected);
    // Clerk knows nobody of that name any more.
    assert_accepted(&leave(&usher, &token).await);
    usher.get("/users/me", &token).await.expect_unauthorized("user-deleted");
}

#[tokio::test]
async fn without_a_secret_key_nobody_can_leave_by_this_way() {
    let usher = Usher::with_environment([("CLERK_SECRET_KEY", None)]).await;
    let ada = a_user(&usher).await;
    let detail = leave(&usher, &usher.session_token(&ada)).await.expect_problem(503, "clerk-not-configured");
    assert!(detail.contains("CLERK_SECRET_KEY"), "{detail}");
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
}

/// Whoever answers 404 in Clerk's place does not say that the user is gone.
#[tokio::test]
async fn what_clerk_refuses_is_this_sides_fault_and_nothing_is_deleted() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = a_user(&usher).await;
    for (row, status, body, (answer, code)) in [
        ("the key", 401, "{}", (503, "clerk-not-configured")),
        ("no route of Clerk's", 404, "no such page", (500, "internal")),
    ] {
        let refusal = InjectedFault::Response { status, headers: Vec::new(), body: body.to_owned() };
        usher.clerk().inject_fault("DELETE", &user_path(&ada), refusal);
        leave(&usher, &usher.session_token(&ada)).await.labeled(row).expect_problem(answer, code);
        usher.get("/users/me", &usher.session_token(&ada)).await.labeled(row).expect_json();
    }
}
