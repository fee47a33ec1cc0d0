//! Users here that Clerk no longer knows.

use clerk_emulator::InjectedFault;
use harness::{eventually, now_ms, user_object};
use serde_json::json;

use super::{a_stack, counts, for_real, reconcile, unknown_to_clerk};

#[tokio::test]
async fn they_are_reported_and_nothing_else_happens_to_them() {
    let usher = a_stack(|_| {}).await;
    usher.clerk().add_users(5);
    let unknown = unknown_to_clerk(&usher, 2).await;
    for order in [json!({}), json!({"delete_unknown": true, "max_delete_percent": 100}), for_real()] {
        let report = reconcile(&usher, order.clone()).await;
        assert_eq!((&report["unknown"], &report["deleted"]), (&json!(2), &json!(0)), "{order}");
    }
    for user in &unknown {
        assert!(!usher.row(user).await.unwrap().contains_key("deleted_at"));
        assert_eq!(usher.clerk().count_requests("GET", &format!("/v1/users/{user}")), 3, "each is asked for by itself");
        usher.logs().line_with(user).await;
    }
}

#[tokio::test]
async fn they_are_deleted_where_the_order_says_so() {
    let usher = a_stack(|_| {}).await;
    let known = usher.clerk().add_users(196);
    let unknown = unknown_to_clerk(&usher, 4).await;
    reconcile(&usher, for_real()).await;
    let order = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 2});
    let report = reconcile(&usher, order).await;
    assert_eq!((&report["outcome"], &report["over_limit"]), (&json!("finished"), &json!(false)));
    assert_eq!(counts(&report), json!({"at_clerk": 196, "unchanged": 196, "here": 200, "unknown": 4, "deleted": 4}));
    for user in &unknown {
        let row = usher.row(user).await.unwrap();
        assert!(row.contains_key("deleted_at") && !row.contains_key("clerk_user"));
    }
    for user in &known {
        assert!(!usher.row(user).await.unwrap().contains_key("deleted_at"));
    }
}

/// A key of the wrong instance knows nobody.
#[tokio::test]
async fn where_more_are_unknown_than_the_share_allows_none_is_deleted() {
    let usher = a_stack(|_| {}).await;
    usher.clerk().add_users(95);
    let unknown = unknown_to_clerk(&usher, 5).await;
    reconcile(&usher, for_real()).await;
    for (percent, over_limit) in [(json!(1), true), (json!(4.9), true), (json!(5), false)] {
        let order = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": percent});
        let report = reconcile(&usher, order).await;
        assert_eq!((&report["over_limit"], &report["unknown"]), (&json!(over_limit), &json!(5)));
        assert_eq!(report["deleted"], if over_limit { 0 } else { 5 });
        let is_deleted = usher.row(&unknown[0]).await.unwrap().contains_key("deleted_at");
        assert_eq!(is_deleted, !over_limit, "{percent}");
    }
    usher.logs().line_with("than one run may delete").await;
}

#[tokio::test]
async fn who_signs_up_while_it_runs_is_not_one_of_them() {
    let usher = a_stack(|_| {}).await;
    usher.clerk().add_users(1);
    usher.clerk().inject_fault("GET", "/v1/users", InjectedFault::Delay(std::time::Duration::from_millis(500)));
    let order = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 100});
    let newcomer = harness::new_user_id();
    let sign_up = async {
        let started = async || (usher.clerk().count_requests("GET", "/v1/users") > 0).then_some(());
        eventually("the first page", started).await;
        usher.deliver(usher.event("user.created", &user_object(&newcomer, now_ms()), now_ms())).await.expect_json();
    };
    let (report, ()) = futures_util::future::join(reconcile(&usher, order), sign_up).await;
    assert_eq!(counts(&report), json!({"at_clerk": 1, "created": 1, "here": 2}));
    assert!(!usher.row(&newcomer).await.unwrap().contains_key("deleted_at"));
}

/// However it comes that a list lacks a user who is there.
#[tokio::test]
async fn a_list_alone_deletes_nobody() {
    let usher = a_stack(|_| {}).await;
    usher.clerk().add_users(3);
    reconcile(&usher, for_real()).await;
    let empty = InjectedFault::Response { status: 200, headers: Vec::new(), body: "[]".to_owned() };
    usher.clerk().inject_fault_times("GET", "/v1/users", empty, 2);
    let order = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 100});
    assert_eq!(counts(&reconcile(&usher, order).await), json!({"here": 3}));
}

/// A wrong address, or a proxy: 404 is Clerk's only in Clerk's own words.
#[tokio::test]
async fn a_404_that_is_not_clerks_deletes_nobody() {
    let usher = a_stack(|_| {}).await;
    let [user] = &unknown_to_clerk(&usher, 1).await[..] else { panic!("one") };
    let page = InjectedFault::Response { status: 404, headers: Vec::new(), body: "<h1>Not found</h1>".to_owned() };
    usher.clerk().inject_fault("GET", &format!("/v1/users/{user}"), page);
    let order = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 100});
    let error = usher.invoke("reconcile-users", order.to_string()).await.unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    assert!(!usher.row(user).await.unwrap().contains_key("deleted_at"));
}
