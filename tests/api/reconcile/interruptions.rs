//! Runs that are interrupted, slowed down or disturbed.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use clerk_emulator::InjectedFault;
use futures_util::future::join;
use harness::eventually;
use serde_json::json;

use super::{import_request, nonzero_counts, reconcile, start_stack};

#[tokio::test]
async fn an_unfinished_run_continues_in_the_next_invocation() {
    // A run reserves the last 20 s of an invocation for the current page.
    let usher = start_stack(|options| {
        options.timeouts.insert("reconcile-users".to_owned(), Duration::from_millis(20_300));
    })
    .await;
    usher.clerk().add_users(1000);
    usher.clerk().inject_fault("GET", "/v1/users", InjectedFault::Delay(Duration::from_millis(100)));
    let mut invocations = 0;
    let report = loop {
        invocations += 1;
        let report = reconcile(&usher, import_request()).await;
        if report["outcome"] != "unfinished" {
            break report;
        }
    };
    assert!(invocations > 2, "{invocations}");
    assert_eq!(
        (&report["outcome"], nonzero_counts(&report)),
        (&json!("finished"), json!({"at_clerk": 1000, "created": 1000, "here": 1000}),)
    );
}

#[tokio::test]
async fn a_refusal_by_clerk_ends_the_invocation_without_loss() {
    let usher = start_stack(|_| {}).await;
    usher.clerk().add_users(500);
    let refusal = InjectedFault::Response { status: 401, headers: Vec::new(), body: "{}".to_owned() };
    usher.clerk().inject_fault("GET", "/v1/users", InjectedFault::Delay(Duration::from_millis(50)));
    let refuse = async {
        let begun = async || (usher.clerk().count_requests("GET", "/v1/users") >= 3).then_some(());
        eventually("three pages", begun).await;
        usher.clerk().inject_fault("GET", "/v1/users", refusal);
    };
    let (end, ()) = join(usher.invoke("reconcile-users", import_request().to_string()), refuse).await;
    assert!(end.unwrap_err().to_string().contains("does not accept the secret key"));
    usher.clerk().clear_faults();
    let report = reconcile(&usher, import_request()).await;
    assert_eq!(nonzero_counts(&report), json!({"at_clerk": 500, "created": 500, "here": 500}));
}

#[tokio::test]
async fn a_rate_limited_run_waits_as_long_as_clerk_says() {
    let usher = start_stack(|_| {}).await;
    usher.clerk().add_users(300);
    // The limit is low, so that a slow machine reaches it as well.
    usher.clerk().limit_rate(3, Duration::from_secs(5));
    let report = reconcile(&usher, import_request()).await;
    assert_eq!(nonzero_counts(&report), json!({"at_clerk": 300, "created": 300, "here": 300}));
    assert!(usher.clerk().count_rate_limited() > 0);
}

/// A development instance allows 10 requests a second.
#[tokio::test]
async fn a_run_leaves_half_of_the_rate_limit_to_others() {
    let usher = start_stack(|options| {
        options.environment.insert("CLERK_SECRET_KEY".to_owned(), Some("sk_test_0123456789".to_owned()));
    })
    .await;
    usher.clerk().add_users(1000);
    usher.clerk().limit_rate(6, Duration::from_secs(1));
    assert_eq!(nonzero_counts(&reconcile(&usher, import_request()).await)["created"], 1000);
    assert_eq!(usher.clerk().count_rate_limited(), 0);
}

/// Clerk pages by offset, so a deletion shifts the users after it forward.
#[tokio::test]
async fn deletions_during_a_run_hide_no_other_user() {
    let usher = start_stack(|_| {}).await;
    let users = usher.clerk().add_users(900);
    usher.clerk().inject_fault("GET", "/v1/users", InjectedFault::Delay(Duration::from_millis(30)));
    let remove = async {
        for page in 1..=6 {
            let begun = async || (usher.clerk().count_requests("GET", "/v1/users") >= page).then_some(());
            eventually("another page", begun).await;
            for user in &users[page * 10..page * 10 + 9] {
                assert!(usher.clerk().remove_user(user));
            }
        }
    };
    let (report, ()) = join(reconcile(&usher, import_request()), remove).await;
    assert_eq!(report["outcome"], "finished");
    let left: Vec<_> = users.iter().filter(|user| usher.clerk().user_object(user).is_some()).collect();
    assert_eq!(left.len(), 900 - 54);
    for user in left {
        assert!(usher.row(user).await.is_some(), "{user} was lost; {report}");
    }
}

#[tokio::test]
async fn a_second_concurrent_run_stops_as_busy() {
    let usher = start_stack(|_| {}).await;
    usher.clerk().add_users(700);
    // The delay gives the second run time to start, even on a busy machine.
    usher.clerk().inject_fault("GET", "/v1/users", InjectedFault::Delay(Duration::from_millis(300)));
    let (one, other) = join(reconcile(&usher, import_request()), reconcile(&usher, import_request())).await;
    let mut outcomes = [&one, &other].map(|report| report["outcome"].as_str().unwrap());
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["busy", "finished"]);
    let finished = if one["outcome"] == "finished" { one } else { other };
    assert_eq!(nonzero_counts(&finished)["at_clerk"], 700);
    assert_eq!(nonzero_counts(&finished)["here"], 700);
}

/// A deployment during a run may change the format of the checkpoint.
#[tokio::test]
async fn a_checkpoint_of_another_version_is_ignored() {
    let usher = start_stack(|_| {}).await;
    usher.clerk().add_users(2);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let row = HashMap::from([
        ("pk".to_owned(), text("CHECKPOINT#reconcile-users#bring-in")),
        ("sk".to_owned(), text("CHECKPOINT")),
        ("version".to_owned(), AttributeValue::N("7".to_owned())),
        ("state".to_owned(), text(r#"{"started_at":1,"stage":{"bring_in":{"offset":5}}}"#)),
    ]);
    usher.seed([row]).await;
    let report = reconcile(&usher, import_request()).await;
    assert_eq!(
        (&report["outcome"], nonzero_counts(&report)),
        (&json!("finished"), json!({"at_clerk": 2, "created": 2, "here": 2}))
    );
}
