//! DynamoDB is unreachable or throttles: requests get 503, no write is partial, and the functions recover.

use aws_sdk_dynamodb::types::AttributeValue;
use harness::{FaultProxy, LinkState, Usher, eventually, new_message_id, new_user_id, now_ms, user_object};
use local::Schedules;
use reqwest::Method;
use serde_json::json;

/// Starts a stack whose connection to DynamoDB runs through a proxy.
async fn start_behind_proxy() -> (FaultProxy, Usher) {
    let proxy = FaultProxy::start().await;
    let usher = Usher::with_options(|options| options.storage = proxy.storage()).await;
    (proxy, usher)
}

/// Asserts that webhooks and reads get 503 during an outage, and that they succeed afterwards. The webhooks are
/// repeated with the same message ids.
async fn assert_outage_and_recovery(outage: LinkState) {
    let (proxy, usher) = start_behind_proxy().await;
    let (ada, bob, now) = (new_user_id(), new_user_id(), now_ms());
    usher.deliver_user_created(&ada).await;
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();

    let messages = [
        (new_message_id(), "created", usher.event("user.created", &user_object(&bob, now), now)),
        (new_message_id(), "deleted", usher.event("user.deleted", &format!(r#"{{"id":"{ada}"}}"#), now)),
    ];
    let paths = ["/users/me".to_owned(), "/users/me/status".to_owned(), format!("/users/{bob}")];
    proxy.set_link(outage);
    let mut answers = Vec::new();
    for (id, _, event) in &messages {
        answers.push(usher.deliver_as(id, event.clone()).await);
    }
    for path in &paths {
        answers.push(usher.get(path, &usher.session_token(&ada)).await);
    }
    for answer in answers {
        answer.expect_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"), "{}", answer.exchange);
    }

    proxy.set_link(LinkState::Connected);
    assert!(usher.row(&ada).await.unwrap().contains_key("clerk_user"));
    assert_eq!(usher.row(&bob).await, None);
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
    for (id, outcome, event) in &messages {
        usher.deliver_as(id, event.clone()).await.assert_outcome(outcome);
    }
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_unauthorized("user-deleted");
    usher.get("/users/me", &usher.session_token(&bob)).await.expect_json();
}

#[tokio::test]
async fn an_unreachable_table_gives_503_and_the_retry_succeeds() {
    assert_outage_and_recovery(LinkState::Cut).await;
}

#[tokio::test]
async fn a_throttling_table_gives_503_and_the_retry_succeeds() {
    assert_outage_and_recovery(LinkState::Throttling).await;
}

/// The response comes before the time-outs of Svix (15 s) and of the function (10 s).
#[tokio::test]
async fn a_silent_table_gives_503_in_time() {
    let (proxy, usher) = start_behind_proxy().await;
    let (ada, now) = (new_user_id(), now_ms());
    usher.deliver_user_created(&ada).await;
    let token = usher.token(&ada).claim_from_now("exp", 600.0).minted_by(usher.clerk());
    usher.get("/users/me", &token).await.expect_json();
    proxy.set_link(LinkState::Silent);
    let event = usher.event("user.updated", &user_object(&ada, now + 1000), now + 1000);
    let (webhook, me) = tokio::join!(usher.deliver(event.clone()), usher.get("/users/me", &token));
    for answer in [webhook, me] {
        answer.expect_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"), "{}", answer.exchange);
    }
    proxy.set_link(LinkState::Connected);
    usher.deliver(event).await.assert_outcome("updated");
}

#[tokio::test]
async fn a_function_started_during_an_outage_recovers() {
    let (proxy, usher) = start_behind_proxy().await;
    proxy.set_link(LinkState::Cut);
    let (ada, now) = (new_user_id(), now_ms());
    let event = usher.event("user.created", &user_object(&ada, now), now);
    usher.deliver(event.clone()).await.expect_problem(503, "unavailable");
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_problem(503, "unavailable");
    proxy.set_link(LinkState::Connected);
    usher.deliver(event).await.assert_outcome("created");
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
}

#[tokio::test]
async fn a_sign_up_during_an_outage_arrives_by_webhook_retries() {
    let (proxy, usher) = start_behind_proxy().await;
    proxy.set_link(LinkState::Throttling);
    let user = json!({"email_address": ["ada@example.com"], "first_name": "Ada"});
    let user = usher.clerk_request(Method::POST, "/v1/users", &user).await;
    let id = user["id"].as_str().unwrap();
    usher.get("/users/me", &usher.session_token(id)).await.expect_problem(503, "unavailable");

    proxy.set_link(LinkState::Connected);
    let me = eventually("the webhook of the user is repeated", async || {
        let answer = usher.get("/users/me", &usher.session_token(id)).await;
        (answer.status == 200).then(|| answer.expect_json())
    });
    assert_eq!(me.await["first_name"], "Ada");
}

/// The function reports the failed records to the stream, which sends them again. No scheduled run is needed.
#[tokio::test]
async fn a_failed_purge_is_retried_by_the_stream() {
    let proxy = FaultProxy::start().await;
    let usher = Usher::with_options(|options| {
        options.storage = proxy.storage();
        options.schedules = Schedules::Off;
    })
    .await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    let key = |n| ("sk".to_owned(), AttributeValue::S(format!("REQUEST#{n}")));
    let user = || ("pk".to_owned(), AttributeValue::S(format!("USER#{ada}")));
    usher.seed((0..150).map(|n| [user(), key(n)].into())).await;
    proxy.throttle_function(Some("purge-deletions"));
    usher.deliver_user_deleted(&ada).await;
    usher.logs().line_with("purge failed").await;
    proxy.throttle_function(None);
    let erased = async || (usher.rows(&ada).await.len() == 1).then_some(());
    eventually("the purge", erased).await;
}

/// Both this project and Lambda's runtime log the error, and both write its text, not the Rust value.
#[tokio::test]
async fn a_failed_run_is_logged_as_text() {
    let (proxy, usher) = start_behind_proxy().await;
    proxy.set_link(LinkState::Throttling);
    usher.invoke("reconcile-users", "{}").await.unwrap_err();
    let lines = eventually("two lines of the log", async || {
        let lines = usher.logs().lines().into_iter();
        let errors: Vec<_> = lines.filter(|line| line.contains("reconcile-users") && line.contains("ERROR")).collect();
        (errors.len() >= 2).then_some(errors)
    });
    for line in lines.await {
        assert!(line.contains("DynamoDB throttled the request: ThrottlingException"), "{line}");
    }
}
