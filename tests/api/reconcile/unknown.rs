//! Users here that are unknown to Clerk.

use std::time::Duration;

use clerk_emulator::InjectedFault;
use futures_util::future::join;
use harness::{eventually, new_user_id, now_ms, user_object};
use serde_json::json;

use super::{import_request, nonzero_counts, reconcile, seed_unknown_users, start_stack};

#[tokio::test]
async fn unknown_users_are_reported_and_kept_by_default() {
    let usher = start_stack(|_| {}).await;
    usher.clerk().add_users(5);
    let unknown = seed_unknown_users(&usher, 2).await;
    for request in [json!({}), json!({"delete_unknown": true, "max_delete_percent": 100}), import_request()] {
        let report = reconcile(&usher, request.clone()).await;
        assert_eq!((&report["unknown"], &report["deleted"]), (&json!(2), &json!(0)), "{request}");
    }
    for user in &unknown {
        assert!(!usher.row(user).await.unwrap().contains_key("deleted_at"));
        assert_eq!(
            usher.clerk().count_requests("GET", &format!("/v1/users/{user}")),
            3,
            "Clerk is asked about each user"
        );
        usher.logs().line_with(user).await;
    }
}

#[tokio::test]
async fn unknown_users_are_deleted_on_request() {
    let usher = start_stack(|_| {}).await;
    let known = usher.clerk().add_users(196);
    let unknown = seed_unknown_users(&usher, 4).await;
    reconcile(&usher, import_request()).await;
    let request = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 2});
    let report = reconcile(&usher, request).await;
    assert_eq!((&report["outcome"], &report["over_limit"]), (&json!("finished"), &json!(false)));
    assert_eq!(
        nonzero_counts(&report),
        json!({"at_clerk": 196, "unchanged": 196, "here": 200, "unknown": 4, "deleted": 4})
    );
    for user in &unknown {
        let row = usher.row(user).await.unwrap();
        assert!(row.contains_key("deleted_at") && !row.contains_key("clerk_user"));
    }
    for user in &known {
        assert!(!usher.row(user).await.unwrap().contains_key("deleted_at"));
    }
}

/// With the key of another instance, all users would be unknown.
#[tokio::test]
async fn unknown_users_above_the_limit_are_not_deleted() {
    let usher = start_stack(|_| {}).await;
    usher.clerk().add_users(95);
    let unknown = seed_unknown_users(&usher, 5).await;
    reconcile(&usher, import_request()).await;
    for (percent, over_limit) in [(json!(1), true), (json!(4.9), true), (json!(5), false)] {
        let request = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": percent});
        let report = reconcile(&usher, request).await;
        assert_eq!((&report["over_limit"], &report["unknown"]), (&json!(over_limit), &json!(5)));
        assert_eq!(report["deleted"], if over_limit { 0 } else { 5 });
        let is_deleted = usher.row(&unknown[0]).await.unwrap().contains_key("deleted_at");
        assert_eq!(is_deleted, !over_limit, "{percent}");
    }
    usher.logs().line_with("than one run may delete").await;
}

#[tokio::test]
async fn a_sign_up_during_a_run_is_not_unknown() {
    let usher = start_stack(|_| {}).await;
    usher.clerk().add_users(1);
    usher.clerk().inject_fault("GET", "/v1/users", InjectedFault::Delay(Duration::from_millis(500)));
    let request = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 100});
    let newcomer = new_user_id();
    let sign_up = async {
        let started = async || (usher.clerk().count_requests("GET", "/v1/users") > 0).then_some(());
        eventually("the first page", started).await;
        usher.deliver(usher.event("user.created", &user_object(&newcomer, now_ms()), now_ms())).await.expect_json();
    };
    let (report, ()) = join(reconcile(&usher, request), sign_up).await;
    assert_eq!(nonzero_counts(&report), json!({"at_clerk": 1, "created": 1, "here": 2}));
    assert!(!usher.row(&newcomer).await.unwrap().contains_key("deleted_at"));
}

/// A user is only deleted if a request for the user confirms the absence.
#[tokio::test]
async fn an_absence_from_the_list_alone_deletes_no_user() {
    let usher = start_stack(|_| {}).await;
    usher.clerk().add_users(3);
    reconcile(&usher, import_request()).await;
    let empty = InjectedFault::Response { status: 200, headers: Vec::new(), body: "[]".to_owned() };
    usher.clerk().inject_fault_times("GET", "/v1/users", empty, 2);
    let request = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 100});
    assert_eq!(nonzero_counts(&reconcile(&usher, request).await), json!({"here": 3}));
}

/// A wrong address or a proxy can return 404. Only a 404 with Clerk's own error body means that the user is unknown.
#[tokio::test]
async fn a_404_from_another_server_deletes_no_user() {
    let usher = start_stack(|_| {}).await;
    let [user] = &seed_unknown_users(&usher, 1).await[..] else { panic!("expected one user") };
    let page = InjectedFault::Response { status: 404, headers: Vec::new(), body: "<h1>Not found</h1>".to_owned() };
    usher.clerk().inject_fault("GET", &format!("/v1/users/{user}"), page);
    let request = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 100});
    let error = usher.invoke("reconcile-users", request.to_string()).await.unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    assert!(!usher.row(user).await.unwrap().contains_key("deleted_at"));
}
