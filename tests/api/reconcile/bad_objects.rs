//! Invalid objects in Clerk's list of users, and pages that are too large.

use harness::{now_ms, user_row};
use serde_json::{Value, json};

use super::{import_request, nonzero_counts, reconcile, start_stack};

/// Objects in Clerk's list that cannot be stored.
fn bad_objects() -> Vec<Value> {
    vec![
        json!("private text"),
        json!([1, 2]),
        Value::Null,
        json!({"object": "user", "private": "text"}),
        json!({"object": "user", "id": 7, "private": "text"}),
        json!({"object": "organization", "id": "org_private", "created_at": 0}),
        json!({"object": "user", "id": format!("user_{}", "private".repeat(50_000))}),
        json!({"object": "user", "id": "user_large", "private": "x".repeat(400_000)}),
    ]
}

#[tokio::test]
async fn an_unstorable_object_does_not_stop_its_page() {
    let usher = start_stack(|_| {}).await;
    let objects = bad_objects();
    let users = usher.clerk().add_users(2 * objects.len() + 1);
    let bad: Vec<_> = users.iter().skip(1).step_by(2).collect();
    // One user is stored already. Clerk is not asked about the user, because the list does contain the id.
    usher.seed([user_row(bad[3], 1, 1)]).await;
    for (user, object) in bad.iter().zip(&objects) {
        usher.clerk().override_user(user, object.clone());
    }
    let expected = json!({"at_clerk": users.len(), "created": objects.len() + 1, "refused": objects.len(), "here": 10});
    let report = reconcile(&usher, import_request()).await;
    assert_eq!((&report["outcome"], nonzero_counts(&report)), (&json!("finished"), expected));
    for user in users.iter().step_by(2) {
        assert!(usher.row(user).await.is_some(), "{user}");
    }
    usher.logs().line_with("is not a JSON object").await;
    usher.logs().line_with("is larger than").await;
    assert!(!usher.logs().lines().iter().any(|line| line.contains("private")));
}

/// A page of a hundred users of the largest size exceeds the limit of the function.
#[tokio::test]
async fn an_oversized_page_is_fetched_in_parts() {
    let usher = start_stack(|_| {}).await;
    let users = usher.clerk().add_users(130);
    for user in &users[20..] {
        let mut object = usher.clerk().user_object(user).unwrap();
        object["public_metadata"] = json!("x".repeat(350_000));
        usher.clerk().override_user(user, object);
    }
    assert_eq!(nonzero_counts(&reconcile(&usher, json!({})).await), json!({"at_clerk": 130, "created": 130}));
    // A page of 50 such users, 17 MB, is fetched at once.
    let requests = usher.clerk().count_requests("GET", "/v1/users");
    assert!(requests <= 10, "{requests} requests");
    // A user that exceeds the limit alone.
    usher.clerk().override_user(&users[60], json!("x".repeat(33 * 1024 * 1024)));
    assert_eq!(
        nonzero_counts(&reconcile(&usher, json!({})).await),
        json!({"at_clerk": 130, "created": 129, "refused": 1})
    );
}

/// An invalid list is an error of Clerk, not of a single user.
#[tokio::test]
async fn a_response_that_is_not_a_list_ends_the_invocation() {
    let usher = start_stack(|_| {}).await;
    usher.clerk().add_users(3);
    usher.seed([user_row("user_here", now_ms(), 1)]).await;
    let page = clerk_emulator::InjectedFault::Response {
        status: 200,
        headers: Vec::new(),
        body: "<h1>Welcome</h1>".to_owned(),
    };
    usher.clerk().inject_fault("GET", "/v1/users", page);
    let error = usher.invoke("reconcile-users", import_request().to_string()).await.unwrap_err();
    assert!(error.to_string().contains("is not a list"), "{error}");
    usher.clerk().clear_faults();
    let report = reconcile(&usher, import_request()).await;
    assert_eq!(nonzero_counts(&report), json!({"at_clerk": 3, "created": 3, "here": 4, "unknown": 1}));
}
