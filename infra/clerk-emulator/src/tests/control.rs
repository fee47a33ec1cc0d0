//! Counts, injected faults and the rate limit.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::{Setup, first_error};
use crate::InjectedFault;

const USERS: &str = "/v1/users";

async fn status(setup: &Setup, method: Method, path: &str) -> u16 {
    setup.request(method, path).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn requests_are_counted_with_any_response() {
    let setup = Setup::new().await;
    for path in ["/v1/users?limit=1", "/v1/users", "/v1/users/user_1", "/nowhere"] {
        status(&setup, Method::GET, path).await;
    }
    setup.client.get(format!("{}{USERS}", setup.base)).send().await.unwrap();
    assert_eq!(setup.clerk.count_requests("GET", USERS), 3);
    assert_eq!(setup.clerk.count_requests_under("GET", USERS), 4);
    assert_eq!((setup.clerk.count_requests("POST", USERS), setup.clerk.count_requests("GET", "/nowhere")), (0, 1));
}

#[tokio::test]
async fn a_fault_ends_after_its_requests_or_when_cleared() {
    let setup = Setup::new().await;
    setup.clerk.inject_fault_times("GET", USERS, InjectedFault::unavailable(), 2);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(status(&setup, Method::GET, USERS).await);
    }
    assert_eq!(statuses, [503, 503, 200]);
    setup.clerk.inject_fault("GET", USERS, InjectedFault::rate_limited(7));
    setup.clerk.inject_fault("GET", "/v1/users/user_1", InjectedFault::Delay(Duration::ZERO));
    let limited = setup.request(Method::GET, USERS).send().await.unwrap();
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(first_error(&limited.json().await.unwrap()).0, "too_many_requests");
    // The last matching fault applies, and only to its method.
    assert_eq!(status(&setup, Method::GET, "/v1/users/user_1").await, 404);
    assert_eq!(status(&setup, Method::DELETE, USERS).await, 405);
    setup.clerk.clear_faults();
    assert_eq!(status(&setup, Method::GET, USERS).await, 200);
}

#[tokio::test]
async fn a_request_with_a_lost_response_is_performed() {
    let mut setup = Setup::new().await;
    let ada = setup.user(json!({"first_name": "Ada"})).await;
    setup.clerk.inject_fault_times("DELETE", USERS, InjectedFault::LostResponse, 1);
    assert_eq!(status(&setup, Method::DELETE, &format!("{USERS}/{ada}")).await, 502);
    assert_eq!(status(&setup, Method::DELETE, &format!("{USERS}/{ada}")).await, 404);
    assert_eq!(setup.event().await["type"], "user.deleted");
}

#[tokio::test]
async fn the_rate_limit_covers_only_the_backend_api() {
    let setup = Setup::new().await;
    setup.clerk.limit_rate(3, Duration::from_secs(1000));
    for _ in 0..3 {
        assert_eq!(status(&setup, Method::GET, USERS).await, 200);
        assert_eq!(status(&setup, Method::GET, "/.well-known/jwks.json").await, 200);
    }
    let refused = setup.request(Method::GET, USERS).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    let after: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((990..=1000).contains(&after), "{after}");
    assert_eq!(status(&setup, Method::GET, "/.well-known/jwks.json").await, 200);
    assert_eq!(setup.clerk.count_rate_limited(), 1);
}

#[tokio::test]
async fn the_rate_limit_starts_anew_in_the_next_window() {
    let setup = Setup::new().await;
    setup.clerk.limit_rate(1, Duration::ZERO);
    for _ in 0..3 {
        assert_eq!(status(&setup, Method::GET, USERS).await, 200);
    }
    setup.clerk.limit_rate(0, Duration::from_millis(900));
    let refused = setup.request(Method::GET, USERS).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"1".parse().unwrap()));
}

#[tokio::test]
async fn the_rate_limit_covers_delayed_and_lost_responses() {
    let setup = Setup::new().await;
    setup.clerk.limit_rate(1, Duration::from_secs(1000));
    setup.clerk.inject_fault("GET", USERS, InjectedFault::Delay(Duration::ZERO));
    assert_eq!(status(&setup, Method::GET, USERS).await, 200);
    assert_eq!(status(&setup, Method::GET, USERS).await, 429);
    setup.clerk.inject_fault("GET", USERS, InjectedFault::LostResponse);
    assert_eq!(status(&setup, Method::GET, USERS).await, 502);
    assert_eq!(setup.clerk.count_rate_limited(), 2);
}

#[tokio::test]
async fn faults_apply_to_every_route_without_the_secret_key() {
    let setup = Setup::new().await;
    let body = "<html>".to_owned();
    setup.clerk.inject_fault(
        "GET",
        "/",
        InjectedFault::Response { status: 520, headers: vec![("x-a".into(), "b".into())], body },
    );
    for path in [USERS, "/.well-known/jwks.json", "/nowhere"] {
        let answer = setup.client.get(format!("{}{path}", setup.base)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["x-a"]), (520, &"b".parse().unwrap()));
        assert_eq!(answer.text().await.unwrap(), "<html>");
    }
    let answer = setup.client.post(format!("{}{USERS}", setup.base)).send().await.unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn a_delayed_request_is_performed_without_its_caller() {
    let mut setup = Setup::new().await;
    let soon = Duration::from_millis(50);
    let create = |setup: &Setup, name: &str| {
        let request = setup.request(Method::POST, USERS).json(&json!({"first_name": name}));
        tokio::time::timeout(soon, request.send())
    };
    setup.clerk.inject_fault("POST", USERS, InjectedFault::NoResponse);
    assert!(create(&setup, "Unanswered").await.is_err());
    setup.clerk.inject_fault("POST", USERS, InjectedFault::Delay(4 * soon));
    assert!(create(&setup, "Delayed").await.is_err());
    assert_eq!(setup.clerk.count_requests("POST", USERS), 2);
    // Only the delayed request is performed.
    assert_eq!(setup.event().await["data"]["first_name"], "Delayed");
    assert_eq!(setup.get("/v1/users/count").await.1["total_count"], 1);
}
