//! `/control/faults`.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::{Setup, USERS};

#[tokio::test]
async fn a_fault_without_a_path_is_of_the_backend_api() {
    let setup = Setup::new().await;
    let list = setup.set(Method::POST, "faults", json!({"fault": "unavailable"})).await;
    let expected = json!([{"fault": "response", "status": 503, "method": null, "path": "/v1/", "times": null}]);
    assert_eq!(list["data"], expected);
    assert_eq!(setup.get(USERS).await.0, 503);
    assert_eq!(setup.call(Method::POST, USERS, json!({})).await.0, 503);
    assert_eq!(setup.get("/.well-known/jwks.json").await.0, 200);
    let list = setup.set(Method::DELETE, "faults", json!({})).await;
    assert_eq!((&list["data"], setup.get(USERS).await.0), (&json!([]), 200));
}

#[tokio::test]
async fn the_next_requests_of_a_path_and_method_are_limited() {
    let setup = Setup::new().await;
    let fault = json!({"fault": "rate_limited", "retry_after_seconds": 7, "times": 2, "method": "GET", "path": USERS});
    setup.set(Method::POST, "faults", fault).await;
    assert_eq!(setup.call(Method::POST, USERS, json!({})).await.0, 200);
    let refused = setup.request(Method::GET, USERS).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    let list = setup.set(Method::GET, "faults", json!({})).await;
    let expected = json!([{"fault": "response", "status": 429, "method": "GET", "path": USERS, "times": 1}]);
    assert_eq!(list["data"], expected);
    assert_eq!((setup.get(USERS).await.0, setup.get(USERS).await.0), (429, 200));
    // A fault that is used up is not listed.
    assert_eq!(setup.set(Method::GET, "faults", json!({})).await["data"], json!([]));
}

#[tokio::test]
async fn a_slow_or_lost_request_is_performed() {
    let setup = Setup::new().await;
    setup.set(Method::POST, "faults", json!({"fault": "delay", "delay_ms": 60, "times": 1})).await;
    let start = Instant::now();
    assert_eq!(setup.call(Method::POST, USERS, json!({})).await.0, 200);
    assert!(start.elapsed() >= Duration::from_millis(60));
    setup.set(Method::POST, "faults", json!({"fault": "lost_response", "times": 1})).await;
    let lost = setup.request(Method::POST, USERS).json(&json!({})).send().await.unwrap();
    assert_eq!(lost.status(), 502);
    assert_eq!(setup.get("/v1/users/count").await.1["total_count"], 2);
}

#[tokio::test]
async fn any_response_or_none_can_be_injected() {
    let setup = Setup::new().await;
    let fault = json!({"fault": "response", "status": 520, "headers": {"x-a": "b"}, "body": "<html>", "times": 1});
    setup.set(Method::POST, "faults", fault).await;
    let answer = setup.request(Method::GET, USERS).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["x-a"]), (520, &"b".parse().unwrap()));
    assert_eq!(answer.text().await.unwrap(), "<html>");
    setup.set(Method::POST, "faults", json!({"fault": "no_response", "times": 1})).await;
    let silent = setup.request(Method::GET, USERS).timeout(Duration::from_millis(50)).send().await;
    assert!(silent.unwrap_err().is_timeout());
    assert_eq!(setup.get(USERS).await.0, 200);
}

#[tokio::test]
async fn a_wrong_fault_is_refused_with_the_field_and_its_limit() {
    let setup = Setup::new().await;
    let kinds = "unavailable, rate_limited, delay, no_response, lost_response or response";
    let refused = [
        (json!({}), "fault", "must be included"),
        (json!({"fault": "down"}), "fault", kinds),
        (json!({"fault": "delay"}), "delay_ms", "must be included"),
        (json!({"fault": "delay", "delay_ms": 60_001}), "delay_ms", "from 0 to 60000"),
        (json!({"fault": "delay", "delay_ms": "1"}), "delay_ms", "integer"),
        (json!({"fault": "unavailable", "delay_ms": 1}), "delay_ms", "not a valid parameter"),
        (json!({"fault": "unavailable", "times": 0}), "times", "from 1 to 1000000"),
        (json!({"fault": "unavailable", "method": "get"}), "method", "GET, POST, PATCH, PUT or DELETE"),
        (json!({"fault": "unavailable", "path": "v1"}), "path", "the beginning of a path"),
        (json!({"fault": "rate_limited", "retry_after_seconds": 3601}), "retry_after_seconds", "from 0 to 3600"),
        (json!({"fault": "response"}), "status", "must be included"),
        (json!({"fault": "response", "status": 199}), "status", "from 200 to 599"),
        (json!({"fault": "response", "status": 200, "headers": {"a": 1}}), "headers.a", "string"),
        (json!({"fault": "response", "status": 200, "headers": {"a b": "c"}}), "headers.a b", "header"),
    ];
    setup.assert_refused(Method::POST, "faults", &refused).await;
    assert_eq!(setup.set(Method::GET, "faults", json!({})).await["data"], json!([]));
}
