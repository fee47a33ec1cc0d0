//! Events that API Gateway should not send: every invocation ends with a response, and no log repeats the event.

use harness::{Usher, new_user_id};
use reqwest::Method;
use serde_json::{Value, json};

use crate::caller::Caller;

const SECRET: &str = "quoted-nowhere";

fn event() -> Value {
    json!({
        "version": "2.0", "routeKey": "GET /users/me", "rawPath": "/users/me", "rawQueryString": "",
        "headers": {"authorization": format!("Bearer {SECRET}"), "host": "h"}, "isBase64Encoded": false,
        "requestContext": {"http": {"method": "GET", "path": "/users/me"}, "stage": "$default"}
    })
}

#[tokio::test]
async fn an_event_that_is_not_a_request_gets_400() {
    let usher = Usher::with_options(|_| {}).await;
    let changed = |pointer: &str, value: Value| {
        let mut event = event();
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    for (row, event) in [
        ("a line feed in a header", changed("/headers/authorization", json!(format!("Bearer {SECRET}\n")))),
        ("a control character", changed("/headers/authorization", json!(format!("Bearer {SECRET}\u{1}")))),
        ("an invalid header name", changed("/headers", json!({format!("{SECRET} x"): "1"}))),
        ("an invalid method", changed("/requestContext/http/method", json!(format!("{SECRET} x")))),
        ("an invalid path", changed("/rawPath", json!(format!("/{SECRET} x")))),
        ("an invalid query", changed("/rawQueryString", json!(format!("{SECRET} x")))),
        ("no request context", changed("/requestContext", Value::Null)),
        ("a string", json!(SECRET)),
        ("an array", json!([SECRET])),
        ("null", Value::Null),
        ("an empty object", json!({})),
        ("an event of a queue", json!({"Records": [{"body": SECRET}]})),
    ] {
        let answer = usher.invoke("get-current-user", event.to_string()).await;
        let answer = answer.unwrap_or_else(|error| panic!("{row}: {error}"));
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&answer["statusCode"], &body["type"]),
            (&json!(400), &json!("urn:usher:problem:malformed")),
            "{row}"
        );
        assert!(!answer.to_string().contains(SECRET), "{row}: {answer}");
    }
    let broken = json!({"body": format!("{SECRET}!"), "isBase64Encoded": true});
    let mut event = event();
    event.as_object_mut().unwrap().extend(broken.as_object().unwrap().clone());
    let answer = usher.invoke("clerk-webhook", event.to_string()).await.unwrap();
    assert_eq!(answer["statusCode"], 400);

    assert!(!usher.logs().lines().join("\n").contains(SECRET));
    // The process is still running and serves the next caller.
    let ada = new_user_id();
    usher.deliver_user_created(&ada).await;
    usher.get("/users/me", &usher.session_token(&ada)).await.expect_json();
}

/// Some paths are not part of a URI after the gateway has decoded them.
#[tokio::test]
async fn a_refused_path_is_logged_with_method_and_route() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    for (method, path, route) in [
        (Method::GET, "/threads/%00", "GET /threads/{thread_id}"),
        (Method::GET, "/threads/%20", "GET /threads/{thread_id}"),
        (Method::GET, "/threads/%7F/messages", "GET /threads/{thread_id}/messages"),
        (Method::GET, "/threads/%FF", "GET /threads/{thread_id}"),
        (Method::GET, "/threads/%", "GET /threads/{thread_id}"),
        (Method::GET, "/users/a%3Fsecret%0A", "GET /users/{user_id}"),
        (Method::PATCH, "/threads/%01", "PATCH /threads/{thread_id}"),
        (Method::DELETE, "/threads/%0D%0A?secret", "DELETE /threads/{thread_id}"),
        (Method::GET, "/%00?secret", "GET /…"),
    ] {
        let refused = ada.send_json(method, path, b"{}").await;
        assert!(refused.status.is_client_error(), "{refused:?}");
        let body: Value = serde_json::from_str(&refused.body).unwrap();
        let id = body["request_id"].as_str().or(refused.header("apigw-requestid")).unwrap();
        let line = usher.logs().line_with(id).await;
        let quoted = [format!("route={route:?}"), format!(r#""route":"{route}""#)];
        assert!(quoted.iter().any(|route| line.contains(route)), "{path}: {line}");
        assert!(!line.contains("secret"), "{line}");
    }
}

/// The function parses no other part of such an event.
#[tokio::test]
async fn a_refused_event_is_logged_with_method_and_route() {
    let usher = Usher::with_options(|_| {}).await;
    for (pointer, value) in [
        ("/headers/authorization", json!("Bearer\n")),
        ("/rawQueryString", json!(format!("{SECRET} x"))),
        ("/requestContext", Value::Null),
    ] {
        let mut event = event();
        *event.pointer_mut(pointer).unwrap() = value;
        let answer = usher.invoke("get-current-user", event.to_string()).await.unwrap();
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        let line = usher.logs().line_with(&format!("request_id=\"{}", body["request_id"].as_str().unwrap())).await;
        assert!(line.contains(r#"route="GET /users/me" status=400"#), "{pointer}: {line}");
    }
}
