//! The emulator over HTTP: its routes, its tokens, its deliveries.

mod control;
mod deliveries;
mod holding;
mod listing;
mod rotation;
mod sessions;
mod users;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use svix::webhooks::Webhook;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::{Clerk, Options};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// An instance on a free port, its endpoint, and a client that knows the secret key.
struct Setup {
    clerk: Clerk,
    base: String,
    client: reqwest::Client,
    deliveries: mpsc::UnboundedReceiver<ReceivedWebhook>,
}

/// A message as the endpoint got it.
struct ReceivedWebhook {
    headers: HeaderMap,
    body: Bytes,
}

impl ReceivedWebhook {
    /// The event, once its signature holds.
    fn event(&self) -> Value {
        Webhook::new(SECRET).unwrap().verify(&self.body, &self.headers).unwrap();
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl Setup {
    /// An endpoint that answers 200.
    async fn new() -> Self {
        Self::answering(&[], &[]).await
    }

    /// An endpoint that answers these statuses in turn, and 200 from then on.
    async fn answering(statuses: &[u16], retry_delays: &[Duration]) -> Self {
        let (sender, deliveries) = mpsc::unbounded_channel();
        let statuses = Arc::new(Mutex::new(VecDeque::from(statuses.to_vec())));
        let endpoint = post(async move |headers: HeaderMap, body: Bytes| {
            sender.send(ReceivedWebhook { headers, body }).unwrap();
            let status = statuses.lock().unwrap().pop_front().unwrap_or(200);
            (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")])
        });
        let router = Router::new().route("/", endpoint);
        // Who follows a redirect takes it for a success.
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
            retry_delays: retry_delays.to_vec(),
        });
        let clerk = clerk.unwrap();
        let base = serve(clerk.router()).await;
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

    /// The id of a new user, whose event is already taken from the endpoint.
    async fn user(&mut self, body: Value) -> String {
        let (status, user) = self.call(Method::POST, "/v1/users", body).await;
        assert_eq!(status, 200, "{user}");
        self.delivery().await;
        user["id"].as_str().unwrap().to_owned()
    }

    /// The next message. One that never comes fails the test instead of hanging it.
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

/// The first error's code, and the parameter it names.
fn problem(body: &Value) -> (&str, &str) {
    let error = &body["errors"][0];
    assert!(error["message"].is_string() && error["long_message"].is_string(), "{body}");
    assert!(body["clerk_trace_id"].is_string(), "{body}");
    (error["code"].as_str().unwrap(), error["meta"]["param_name"].as_str().unwrap_or_default())
}
