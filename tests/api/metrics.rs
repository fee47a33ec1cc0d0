//! Metrics in CloudWatch's Embedded Metric Format, and the log line of each request.

use aws_sdk_dynamodb::types::AttributeValue;
use clerk_emulator::{InjectedFault, WebhookDelivery};
use harness::{FaultProxy, LinkState, Usher, eventually, new_secret, new_user_id, now_ms, user_object, user_row};
use local::Schedules;
use reqwest::Method;
use serde_json::{Value, json};

/// Starts a stack whose functions write metrics.
pub(crate) async fn start_with_json_logs() -> Usher {
    Usher::with_options(|options| {
        options.log_format = "JSON".to_owned();
        options.schedules = Schedules::Off;
        options.environment.insert("PURGE_SETTLE_SECONDS".to_owned(), Some("0".to_owned()));
    })
    .await
}

/// The log lines that are JSON, with the names of the functions that wrote them.
fn json_lines(usher: &Usher) -> Vec<(String, Value)> {
    let lines = usher.logs().lines();
    let split = lines.iter().filter_map(|line| line.split_once(": "));
    split.filter_map(|(function, text)| Some((function.to_owned(), serde_json::from_str(text).ok()?))).collect()
}

/// Waits for a metric with this name and these dimensions. Returns its value.
pub(crate) async fn wait_for_metric(usher: &Usher, name: &str, dimensions: Value) -> Value {
    let found = async || {
        json_lines(usher).into_iter().find_map(|(_, line)| {
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            let is_named = directive["Metrics"].as_array()?.iter().any(|metric| metric["Name"] == name);
            let has = dimensions.as_object()?.iter().all(|(name, value)| line[name] == *value);
            let keys: Vec<_> = dimensions.as_object()?.keys().map(|key| json!(key)).collect();
            let declared = directive["Dimensions"].as_array().and_then(|sets| sets.first()).cloned();
            let declared = declared.unwrap_or_else(|| json!([]));
            (is_named && has && declared == json!(keys) && directive["Namespace"] == "Usher/local")
                .then(|| line[name].clone())
        })
    };
    eventually(&format!("{name} {dimensions}"), found).await
}

#[tokio::test]
async fn events_are_counted_under_the_names_that_alarms_watch() {
    let usher = start_with_json_logs().await;
    let (ada, now) = (new_user_id(), now_ms());
    let created = usher.event("user.created", &user_object(&ada, now - 5000), now - 5000);
    usher.deliver(created.clone()).await.assert_outcome("created");
    assert_eq!(wait_for_metric(&usher, "ColdStarts", json!({"Function": "clerk-webhook"})).await, 1);
    assert_eq!(wait_for_metric(&usher, "WebhookOutcomes", json!({"Outcome": "created"})).await, 1);
    let lag = wait_for_metric(&usher, "SyncLagMilliseconds", json!({})).await;
    let lag = lag.as_array().map_or(lag.clone(), |values| values[0].clone()).as_f64().unwrap();
    assert!((5000.0..60_000.0).contains(&lag), "{lag}");
    usher.deliver(created).await.assert_outcome("stale");
    wait_for_metric(&usher, "WebhookOutcomes", json!({"Outcome": "stale"})).await;

    usher.deliver_signed(&new_secret(), "{}").await.expect_problem(400, "invalid-signature");
    assert_eq!(wait_for_metric(&usher, "WebhookSignatureFailures", json!({})).await, 1);
    usher.deliver("[]").await.expect_problem(422, "unreadable-event");
    assert_eq!(wait_for_metric(&usher, "UnreadableEvents", json!({})).await, 1);

    let expired = usher.token(&ada).claim_from_now("exp", -60.0).minted_by(usher.clerk());
    usher.get("/users/me", &expired).await.expect_unauthorized("invalid-token");
    assert_eq!(wait_for_metric(&usher, "AuthFailures", json!({"Reason": "exp"})).await, 1);

    let token = usher.session_token(&ada);
    let headers = [("authorization", format!("Bearer {token}")), ("content-type", "application/json".to_owned())];
    usher.call(Method::POST, "/threads", &headers, b"{}".to_vec()).await.expect_created();
    usher.deliver_user_deleted(&ada).await;
    assert_eq!(wait_for_metric(&usher, "DeletionsClosed", json!({})).await, 1);
    assert_eq!(wait_for_metric(&usher, "RowsErased", json!({})).await, 1);
}

/// Each of these events leaves a user outdated or undeleted, so an alarm must fire.
#[tokio::test]
async fn a_user_event_that_cannot_be_applied_counts_as_unreadable() {
    let usher = start_with_json_logs().await;
    let (ada, now) = (new_user_id(), now_ms());
    let large = user_object(&ada, now).replace(r#""plan":""#, &format!(r#""plan":"{}"#, "x".repeat(400_000)));
    usher.deliver(usher.event("user.updated", &large, now)).await.expect_problem(413, "too-large");
    assert_eq!(wait_for_metric(&usher, "UnreadableEvents", json!({})).await, 1);

    let usher = start_with_json_logs().await;
    let without_id = r#"{"deleted":true,"object":"user"}"#;
    usher.deliver(usher.event("user.deleted", without_id, now)).await.expect_problem(422, "unreadable-event");
    assert_eq!(wait_for_metric(&usher, "UnreadableEvents", json!({})).await, 1);
}

#[tokio::test]
async fn an_open_deletion_reports_its_age() {
    let usher = Usher::with_options(|options| {
        options.log_format = "JSON".to_owned();
        options.schedules = Schedules::Off;
    })
    .await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    usher.deliver_user_deleted(&ada).await;
    usher.run_schedule("purge-deletions").await;
    wait_for_metric(&usher, "OldestDeletionSeconds", json!({})).await;
}

/// The first value of a metric, which holds one number or an array.
fn first_value(value: &Value) -> f64 {
    value.as_array().map_or(value, |values| &values[0]).as_f64().unwrap()
}

#[tokio::test]
async fn only_the_daily_run_reports_missed_and_standing_users() {
    let usher = start_with_json_logs().await;
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    usher.clerk().add_users(2);
    let (user, day_ago) = (new_user_id(), now_ms() - 24 * 60 * 60 * 1000);
    let mut row = user_row(&user, 1, 1);
    row.insert("unknown_since".to_owned(), AttributeValue::N(day_ago.to_string()));
    usher.seed([row]).await;
    let run = async |request: Value| usher.invoke("reconcile-users", request.to_string()).await.unwrap();
    run(json!({})).await;
    assert!((first_value(&wait_for_metric(&usher, "UnknownUsers", json!({})).await) - 1.0).abs() < 0.1);
    let only_daily = ["StandingUnknownUsers", "MissedChanges"];
    assert!(!usher.logs().lines().iter().any(|line| only_daily.iter().any(|name| line.contains(name))));
    run(json!({"dry_run": false, "scheduled": true})).await;
    for (name, value) in only_daily.iter().zip([1.0, 2.0]) {
        assert!((first_value(&wait_for_metric(&usher, name, json!({})).await) - value).abs() < 0.1, "{name}");
    }
}

#[tokio::test]
async fn an_unreachable_table_counts_as_a_server_error() {
    let proxy = FaultProxy::start().await;
    let usher = Usher::with_options(|options| {
        options.log_format = "JSON".to_owned();
        options.storage = proxy.storage();
    })
    .await;
    proxy.set_link(LinkState::Cut);
    usher.get("/users/me", &usher.session_token(&new_user_id())).await.expect_problem(503, "unavailable");
    assert_eq!(wait_for_metric(&usher, "ServerErrors", json!({})).await, 1);
}

/// DeploymentAlarm watches ServerErrors. If missing configuration raised them, any caller could stop every deployment,
/// even the one that adds the configuration.
#[tokio::test]
async fn missing_configuration_does_not_count_as_a_server_error() {
    let usher = Usher::with_options(|options| {
        options.log_format = "JSON".to_owned();
        options.concurrency = 1;
        options.environment.insert("CLERK_WEBHOOK_SECRET".to_owned(), None);
    })
    .await;
    let ada = new_user_id();
    let refused_key = InjectedFault::Response { status: 401, headers: Vec::new(), body: "{}".to_owned() };
    usher.clerk().inject_fault("DELETE", &format!("/v1/users/{ada}"), refused_key);
    let authorization = [("authorization", format!("Bearer {}", usher.session_token(&ada)))];
    // Metrics follow the log line of their request, so the metrics of the first request precede the line of the second.
    for _ in 0..2 {
        usher.deliver("{}").await.expect_problem(503, "webhook-not-configured");
        let left = usher.call(Method::DELETE, "/users/me", &authorization, Vec::new()).await;
        left.expect_problem(503, "clerk-not-configured");
    }
    for code in ["webhook-not-configured", "clerk-not-configured"] {
        let answered = async || {
            let answered = json_lines(&usher).into_iter().filter(|(_, line)| line["code"] == code).count();
            (answered == 2).then_some(())
        };
        eventually(code, answered).await;
    }
    let is_counted = |(_, line): &(String, Value)| line.get("ServerErrors").is_some();
    assert_eq!(json_lines(&usher).iter().find(|line| is_counted(line)), None);
}

/// A caller can cause throttling of its own rows, which must not stop every deployment.
#[tokio::test]
async fn throttling_does_not_count_as_a_server_error() {
    let proxy = FaultProxy::start().await;
    let usher = Usher::with_options(|options| {
        options.log_format = "JSON".to_owned();
        options.concurrency = 1;
        options.storage = proxy.storage();
    })
    .await;
    let token = usher.session_token(&new_user_id());
    proxy.set_link(LinkState::Throttling);
    usher.get("/users/me", &token).await.expect_problem(503, "unavailable");
    // One process serves both requests, so it would count the first before the second.
    proxy.set_link(LinkState::Cut);
    usher.get("/users/me", &token).await.expect_problem(503, "unavailable");
    assert_eq!(wait_for_metric(&usher, "ServerErrors", json!({})).await, 1);
    let counts = json_lines(&usher).into_iter().filter(|(_, line)| line.get("ServerErrors").is_some());
    assert_eq!(counts.count(), 1);
}

#[tokio::test]
async fn every_request_has_one_log_line_with_user_and_status() {
    let usher = start_with_json_logs().await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
    let answered = async || {
        let lines: Vec<_> =
            json_lines(&usher).into_iter().filter(|(function, _)| function == "get-current-user").collect();
        let answered: Vec<_> = lines.into_iter().filter(|(_, line)| line["message"] == "request").collect();
        (!answered.is_empty()).then_some(answered)
    };
    let answered = eventually("the line of the request", answered).await;
    let [(_, line)] = &answered[..] else { panic!("{answered:?}") };
    assert_eq!((&line["route"], &line["status"], &line["user"]), (&json!("GET /users/me"), &json!(200), &json!(ada)));
    assert!(line["duration_ms"].is_f64() && line["request_id"].is_string(), "{line}");
}
