//! Delivery attempts, retries and signatures of webhooks.

use std::{future::pending, time::Duration};

use axum::{Router, http::StatusCode, routing::post};
use reqwest::Method;
use serde_json::json;
use svix::webhooks::Webhook;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};

use super::{SECRET, Setup, serve};
use crate::{
    Clerk, ClerkError, Options,
    changes::Changes,
    ids,
    webhooks::{Webhooks, endpoint::Endpoint, message::Message},
};

#[tokio::test]
async fn a_retry_has_the_same_id_and_a_new_signature() {
    // `svix-timestamp` is in seconds, so the attempts must be more than a second apart to differ.
    let delays = [Duration::from_millis(1), Duration::from_millis(1_100), Duration::from_millis(1)];
    let mut setup = Setup::answering(&[500, 302], &delays).await;
    let (status, user) = setup.call(Method::POST, "/v1/users", json!({"first_name": "Ada"})).await;
    assert_eq!(status, 200, "the response does not depend on the endpoint");

    let mut attempts = Vec::new();
    for _ in 0..3 {
        let attempt = setup.delivery().await;
        assert_eq!(attempt.event()["data"], user);
        attempts.push(attempt);
    }
    assert!(attempts.iter().all(|attempt| attempt.header("svix-id") == attempts[0].header("svix-id")));
    assert!(attempts[0].header("svix-id").starts_with("msg_"));
    assert!(attempts.iter().all(|attempt| attempt.body == attempts[0].body));
    assert_ne!(attempts[1].header("svix-timestamp"), attempts[2].header("svix-timestamp"));
    assert_ne!(attempts[1].header("svix-signature"), attempts[2].header("svix-signature"));
    assert_eq!(attempts[0].header("content-type"), "application/json");

    // The third attempt succeeded, so the next webhook belongs to the next change.
    setup.call(Method::POST, "/v1/users", json!({})).await;
    let next = setup.delivery().await;
    assert_ne!(next.event()["data"], user);
    assert_ne!(next.header("svix-id"), attempts[0].header("svix-id"));
}

#[tokio::test]
async fn a_message_is_dropped_after_the_last_retry() {
    let delays = [Duration::ZERO; 2];
    let mut setup = Setup::answering(&[500; 3], &delays).await;
    setup.call(Method::POST, "/v1/users", json!({})).await;
    let mut first = Vec::new();
    for _ in 0..3 {
        first.push(setup.delivery().await.header("svix-id").to_owned());
    }
    assert!(first.iter().all(|id| *id == first[0]));
    setup.call(Method::POST, "/v1/users", json!({})).await;
    assert_ne!(setup.delivery().await.header("svix-id"), first[0]);
    assert!(setup.deliveries.try_recv().is_err());
}

#[tokio::test]
async fn a_response_waits_for_the_first_delivery_attempt() {
    let (arrived, mut arrivals) = mpsc::unbounded_channel::<oneshot::Sender<()>>();
    let endpoint = post(async move || {
        let (release, released) = oneshot::channel();
        arrived.send(release).unwrap();
        released.await.unwrap();
    });
    let url = serve(Router::new().route("/", endpoint)).await;
    let setup = Setup::delivering_to(url, &[], mpsc::unbounded_channel().1).await;
    let request = setup.request(Method::POST, "/v1/users").json(&json!({}));
    let answer = tokio::spawn(request.send());
    let release = arrivals.recv().await.unwrap();
    assert!(!answer.is_finished());
    release.send(()).unwrap();
    assert_eq!(answer.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_caller_that_disconnects_does_not_cancel_the_webhook() {
    let (arrived, mut arrivals) = mpsc::unbounded_channel::<oneshot::Sender<()>>();
    let endpoint = post(async move || {
        let (release, released) = oneshot::channel();
        arrived.send(release).unwrap();
        released.await.unwrap();
        StatusCode::SERVICE_UNAVAILABLE
    });
    let url = serve(Router::new().route("/", endpoint)).await;
    let setup = Setup::delivering_to(url, &[Duration::ZERO], mpsc::unbounded_channel().1).await;
    let request = setup.request(Method::POST, "/v1/users").json(&json!({}));
    let request = tokio::spawn(request.send());
    let release = arrivals.recv().await.unwrap();
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    release.send(()).unwrap();
    arrivals.recv().await.unwrap().send(()).unwrap();
}

#[tokio::test]
async fn an_endpoint_that_is_down_does_not_fail_the_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let setup = Setup::delivering_to(url, &[], mpsc::unbounded_channel().1).await;
    let (status, _) = setup.call(Method::POST, "/v1/users", json!({})).await;
    assert_eq!(status, 200);
    assert!(matches!(setup.clerk.deliver_webhook(b"{}".to_vec()).await, Err(ClerkError::Deliver(_))));
}

#[tokio::test]
async fn an_attempt_without_a_response_times_out() {
    let url = serve(Router::new().route("/", post(pending::<()>))).await;
    let endpoint = Endpoint::new(&url, SECRET, Duration::from_millis(50)).unwrap();
    let webhooks = Webhooks::new(endpoint, vec![], Changes::default());
    let outcome = webhooks.endpoint().post("msg_1", "{}".into()).await;
    assert!(matches!(outcome, Err(ClerkError::Deliver(error)) if error.is_timeout()));
    webhooks.send(Message::new("user.created", b"{}".to_vec())).wait().await;
}

#[tokio::test]
async fn a_raw_body_is_posted_once_with_a_new_id() {
    let delays = [Duration::ZERO; 3];
    let mut setup = Setup::answering(&[418], &delays).await;
    let body = br#"{"type": "user.created",  "data": {}}"#;
    assert_eq!(setup.clerk.deliver_webhook(body.to_vec()).await.unwrap(), 418);
    assert_eq!(setup.clerk.deliver_webhook(body.to_vec()).await.unwrap(), 200);
    let first = setup.delivery().await;
    let second = setup.delivery().await;
    assert_eq!(first.body, body.as_slice());
    first.event();
    second.event();
    assert_ne!(first.header("svix-id"), second.header("svix-id"));
    assert!(setup.deliveries.try_recv().is_err());
}

#[test]
fn a_webhook_signed_by_hand_verifies() {
    let secret = format!(" {SECRET} , whsec_AAAA\n");
    let clerk = Clerk::new(Options { webhook_secret: Some(secret), ..Options::default() }).unwrap();
    assert_eq!(clerk.webhook_secret(), SECRET);
    let now = ids::now_seconds();
    let headers = [
        ("svix-id", "msg_1".to_owned()),
        ("svix-timestamp", now.to_string()),
        ("svix-signature", clerk.sign_webhook("msg_1", now, b"{}").unwrap()),
    ];
    let headers = headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let headers = headers.collect::<axum::http::HeaderMap>();
    Webhook::new(SECRET).unwrap().verify(b"{}", &headers).unwrap();
    assert!(Webhook::new(SECRET).unwrap().verify(b"{ }", &headers).is_err());
    assert!(matches!(clerk.sign_webhook("msg_1", now, b"\xff"), Err(ClerkError::Sign(_))));
}

#[test]
fn blank_secrets_are_generated_and_wrong_ones_refused() {
    let blank = Options { webhook_secret: Some(" ".to_owned()), secret_key: Some(String::new()), ..Options::default() };
    let clerk = Clerk::new(blank).unwrap();
    assert!(clerk.webhook_secret().starts_with("whsec_"));
    assert!(clerk.secret_key().starts_with("sk_test_"));
    Webhook::new(clerk.webhook_secret()).unwrap();

    let issuer = Options { issuer: "http://127.0.0.1:1/".to_owned(), ..Options::default() };
    assert_eq!(Clerk::new(issuer).unwrap().issuer(), "http://127.0.0.1:1");
    let secret = Options { webhook_secret: Some("whsec_!".to_owned()), ..Options::default() };
    assert!(matches!(Clerk::new(secret), Err(ClerkError::WebhookSecret(_))));
    for url in ["", "127.0.0.1:3000", "file:///tmp"] {
        let url = Options { webhook_url: url.to_owned(), ..Options::default() };
        assert!(matches!(Clerk::new(url), Err(ClerkError::WebhookUrl)));
    }
}
