//! Tests of the emulator over HTTP: routes, tokens and webhooks.

mod console;
mod control;
mod control_api;
mod deliveries;
mod frontend;
mod holding;
mod keeping;
mod listing;
mod moderation;
mod rotation;
mod sessions;
mod sign_in_tokens;
mod users;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use svix::webhooks::Webhook;
use tokio::{net::TcpListener, sync::mpsc};
use usher_loopback::Hosts;

use crate::{Clerk, Console, Options};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// An instance on a free port, its webhook endpoint, and an HTTP client.
struct Setup {
    clerk: Clerk,
    base: String,
    client: reqwest::Client,
    deliveries: mpsc::UnboundedReceiver<ReceivedWebhook>,
}

/// A webhook as the endpoint received it.
struct ReceivedWebhook {
    headers: HeaderMap,
    body: Bytes,
}

impl ReceivedWebhook {
    /// Verifies the signature and returns the event.
    fn event(&self) -> Value {
        Webhook::new(SECRET).unwrap().verify(&self.body, &self.headers).unwrap();
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl Setup {
    /// Starts with an endpoint that answers 200.
    async fn new() -> Self {
        Self::answering(&[], &[]).await
    }

    /// Starts with an endpoint that answers these statuses in turn, and 200 after them.
    async fn answering(statuses: &[u16], retry_delays: &[Duration]) -> Self {
        let (sender, deliveries) = mpsc::unbounded_channel();
        let statuses = Arc::new(Mutex::new(VecDeque::from(statuses.to_vec())));
        let endpoint = post(async move |headers: HeaderMap, body: Bytes| {
            sender.send(ReceivedWebhook { headers, body }).unwrap();
            let status = statuses.lock().unwrap().pop_front().unwrap_or(200);
            (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")])
        });
        let router = Router::new().route("/", endpoint);
        // A client that follows the redirect of status 302 would see a success.
        let webhook_url = serve(router.route("/elsewhere", get(|| async {}))).await;
        Self::delivering_to(webhook_url, retry_delays, deliveries).await
    }

    async fn delivering_to(
        webhook_url: String,
        retry_delays: &[Duration],
        deliveries: mpsc::UnboundedReceiver<ReceivedWebhook>,
    ) -> Self {
        let clerk = Clerk::new(Options {
            issuer: "http://127.0.0.1:3001".to_owned(),
            webhook_url,
            webhook_secret: Some(SECRET.to_owned()),
            secret_key: None,
            data: None,
            scripts: None,
            retry_delays: retry_delays.to_vec(),
        });
        let clerk = clerk.unwrap();
        let base = serve(clerk.guarded_router(Some(Console::default()), &Hosts::default())).await;
        let client = reqwest::Client::new();
        Self { clerk, base, client, deliveries }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        request.bearer_auth(self.clerk.secret_key())
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        answer(self.request(method, path).json(&body)).await
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request(Method::GET, path)).await
    }

    /// Creates a user, receives its webhook, and returns its id.
    async fn user(&mut self, body: Value) -> String {
        let (status, user) = self.call(Method::POST, "/v1/users", body).await;
        assert_eq!(status, 200, "{user}");
        self.delivery().await;
        user["id"].as_str().unwrap().to_owned()
    }

    /// Receives the next webhook. If none comes within 20 s, the test fails.
    async fn delivery(&mut self) -> ReceivedWebhook {
        tokio::time::timeout(Duration::from_secs(20), self.deliveries.recv()).await.unwrap().unwrap()
    }

    async fn event(&mut self) -> Value {
        self.delivery().await.event()
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

/// Returns the code of the first error, and the parameter that it names.
fn first_error(body: &Value) -> (&str, &str) {
    let error = &body["errors"][0];
    assert!(error["message"].is_string() && error["long_message"].is_string(), "{body}");
    assert!(body["clerk_trace_id"].is_string(), "{body}");
    (error["code"].as_str().unwrap(), error["meta"]["param_name"].as_str().unwrap_or_default())
}
