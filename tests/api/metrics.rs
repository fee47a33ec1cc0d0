//! What CloudWatch is told: metrics in its Embedded Metric Format, and one line for each request.

use clerk_emulator::InjectedFault;
use harness::{FaultProxy, LinkState, Usher, eventually, new_user_id, now_ms, user_object};
use reqwest::Method;
use serde_json::{Value, json};

async fn with_json_logs() -> Usher {
    Usher::with_options(|options| {
        options.log_format = "JSON".to_owned();
        options.schedules = local::Schedules::Off;
        options.environment.insert("PURGE_SETTLE_SECONDS".to_owned(), Some("0".to_owned()));
    })
    .await
}

/// All lines that are JSON, with the function that wrote them.
fn lines(usher: &Usher) -> Vec<(String, Value)> {
    let lines = usher.logs().lines();
    let split = lines.iter().filter_map(|line| line.split_once(": "));
    split.filter_map(|(function, text)| Some((function.to_owned(), serde_json::from_str(text).ok()?))).collect()
}

/// Waits for a metric of this name with these dimensions, and answers its value.
async fn metric(usher: &Usher, name: &str, dimensions: Value) -> Value {
    let found = async || {
        lines(usher).into_iter().find_map(|(_, line)| {
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
async fn what_happens_is_counted_under_the_names_that_the_alarms_watch() {
    let usher = with_json_logs().await;
    let (ada, now) = (new_user_id(), now_ms());
    let created = usher.event("user.created", &user_object(&ada, now - 5000), now - 5000);
    usher.deliver(created.clone()).await.assert_outcome("created");
    assert_eq!(metric(&usher, "ColdStarts", json!({"Function": "clerk-webhook"})).await, 1);
    assert_eq!(metric(&usher, "WebhookOutcomes", json!({"Outcome": "created"})).await, 1);
    let lag = metric(&usher, "SyncLagMilliseconds", json!({})).await;
    let lag = lag.as_array().map_or(lag.clone(), |values| values[0].clone()).as_f64().unwrap();
    assert!((5000.0..60_000.0).contains(&lag), "{lag}");
    usher.deliver(created).await.assert_outcome("stale");
    metric(&usher, "WebhookOutcomes", json!({"Outcome": "stale"})).await;

    usher.deliver_signed(&harness::new_secret(), "{}").await.expect_problem(400, "invalid-signature");
    assert_eq!(metric(&usher, "WebhookSignatureFailures", json!({})).await, 1);
    usher.deliver("[]").await.expect_problem(422, "unreadable-event");
    assert_eq!(metric(&usher, "UnreadableEvents", json!({})).await, 1);

    let expired = usher.token(&ada).claim_from_now("exp", -60.0).minted_by(usher.clerk());
    usher.get("/users/me", &expired).await.expect_unauthorized("invalid-token");
    assert_eq!(metric(&usher, "AuthFailures", json!({"Reason": "exp"})).await, 1);

    let token = usher.session_token(&ada);
    let headers = [("authorization", format!("Bearer {token}")), ("content-type", "application/json".to_owned())];
    usher.call(Method::POST, "/threads", &headers, b"{}".to_vec()).await.expect_created();
    usher.deliver_user_deleted(&ada).await;
    assert_eq!(metric(&usher, "DeletionsClosed", json!({})).await, 1);
    assert_eq!(metric(&usher, "RowsErased", json!({})).await, 1);
}

/// Each of these leaves a user here that is out of date, or still there, and somebody has to be told.
#[tokio::test]
async fn a_user_event_that_changes_nothing_counts_as_unreadable() {
    let usher = with_json_logs().await;
    let (ada, now) = (new_user_id(), now_ms());
    let large = user_object(&ada, now).replace(r#""plan":""#, &format!(r#""plan":"{}"#, "x".repeat(400_000)));
    usher.deliver(usher.event("user.updated", &large, now)).await.expect_problem(413, "too-large");
    assert_eq!(metric(&usher, "UnreadableEvents", json!({})).await, 1);

    let usher = with_json_logs().await;
    let nobody = r#"{"deleted":true,"object":"user"}"#;
    usher.deliver(usher.event("user.deleted", nobody, now)).await.expect_problem(422, "unreadable-event");
    assert_eq!(metric(&usher, "UnreadableEvents", json!({})).await, 1);
}

#[tokio::test]
async fn a_deletion_that_is_not_closed_shows_its_age() {
    let usher = Usher::with_options(|options| {
        options.log_format = "JSON".to_owned();
        options.schedules = local::Schedules::Off;
    })
    .await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    usher.deliver_user_deleted(&ada).await;
    usher.run_schedule("purge-deletions").await;
    metric(&usher, "OldestDeletionSeconds", json!({})).await;
}

/// The value of a histogram: one number, or all that were recorded.
fn recorded(value: &Value) -> f64 {
    value.as_array().map_or(value, |values| &values[0]).as_f64().unwrap()
}

#[tokio::test]
async fn what_the_daily_comparison_finds_is_told_and_what_one_by_hand_finds_is_not() {
    let usher = with_json_logs().await;
    usher.clerk().set_webhook_delivery(clerk_emulator::WebhookDelivery::Drop);
    usher.clerk().add_users(2);
    let (user, day_ago) = (new_user_id(), now_ms() - 24 * 60 * 60 * 1000);
    let mut row = harness::user_row(&user, 1, 1);
    row.insert("unknown_since".to_owned(), aws_sdk_dynamodb::types::AttributeValue::N(day_ago.to_string()));
    usher.seed([row]).await;
    let run = async |order: Value| usher.invoke("reconcile-users", order.to_string()).await.unwrap();
    run(json!({})).await;
    assert!((recorded(&metric(&usher, "UnknownUsers", json!({})).await) - 1.0).abs() < 0.1);
    let of_the_daily = ["StandingUnknownUsers", "MissedChanges"];
    assert!(!usher.logs().lines().iter().any(|line| of_the_daily.iter().any(|name| line.contains(name))));
    run(json!({"dry_run": false, "scheduled": true})).await;
    for (name, value) in of_the_daily.iter().zip([1.0, 2.0]) {
        assert!((recorded(&metric(&usher, name, json!({})).await) - value).abs() < 0.1, "{name}");
    }
}

#[tokio::test]
async fn a_failure_of_this_side_is_counted_as_one() {
    let proxy = FaultProxy::start().await;
    let usher = Usher::with_options(|options| {
        options.log_format = "JSON".to_owned();
        options.storage = proxy.storage();
    })
    .await;
    proxy.set_link(LinkState::Cut);
    usher.get("/users/me", &usher.session_token(&new_user_id())).await.expect_problem(503, "unavailable");
    assert_eq!(metric(&usher, "ServerErrors", json!({})).await, 1);
}

/// DeploymentAlarm watches ServerErrors: a caller who could raise them would hold every deployment, and what the
/// configuration lacks would hold the deployment that mends it.
#[tokio::test]
async fn what_the_configuration_lacks_is_not_counted_as_a_failure() {
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
    // Metrics follow the line of their request, so those of the first request are written before the second one's line.
    for _ in 0..2 {
        usher.deliver("{}").await.expect_problem(503, "webhook-not-configured");
        let left = usher.call(Method::DELETE, "/users/me", &authorization, Vec::new()).await;
        left.expect_problem(503, "clerk-not-configured");
    }
    for code in ["webhook-not-configured", "clerk-not-configured"] {
        let answered = async || {
            let answered = lines(&usher).into_iter().filter(|(_, line)| line["code"] == code).count();
            (answered == 2).then_some(())
        };
        eventually(code, answered).await;
    }
    let is_counted = |(_, line): &(String, Value)| line.get("ServerErrors").is_some();
    assert_eq!(lines(&usher).iter().find(|line| is_counted(line)), None);
}

/// A caller can throttle the rows of its own, and must not hold every deployment by it.
#[tokio::test]
async fn load_is_not_counted_as_a_failure() {
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
    // One process answers both requests, so it would have written a count of the first one before that of the second.
    proxy.set_link(LinkState::Cut);
    usher.get("/users/me", &token).await.expect_problem(503, "unavailable");
    assert_eq!(metric(&usher, "ServerErrors", json!({})).await, 1);
    let counts = lines(&usher).into_iter().filter(|(_, line)| line.get("ServerErrors").is_some());
    assert_eq!(counts.count(), 1);
}

#[tokio::test]
async fn every_request_has_one_line_that_says_who_was_served_and_how() {
    let usher = with_json_logs().await;
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
    let answered = async || {
        let lines: Vec<_> = lines(&usher).into_iter().filter(|(function, _)| function == "get-current-user").collect();
        let answered: Vec<_> = lines.into_iter().filter(|(_, line)| line["message"] == "request").collect();
        (!answered.is_empty()).then_some(answered)
    };
    let answered = eventually("the line of the request", answered).await;
    let [(_, line)] = &answered[..] else { panic!("{answered:?}") };
    assert_eq!((&line["route"], &line["status"], &line["user"]), (&json!("GET /users/me"), &json!(200), &json!(ada)));
    assert!(line["duration_ms"].is_f64() && line["request_id"].is_string(), "{line}");
}
