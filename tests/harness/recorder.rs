//! What the functions ask of DynamoDB.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::IntoResponse};
use local::dynamodb::{Engine, Storage};
use reqwest::Client;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::store::engine;

/// A DynamoDB that keeps a list of the rights its callers would have needed.
pub struct Recorder {
    _engine: Engine,
    url: String,
    used: Arc<Mutex<BTreeSet<String>>>,
}

struct Line {
    http: Client,
    dynamodb: String,
    used: Arc<Mutex<BTreeSet<String>>>,
}

impl Recorder {
    /// A DynamoDB of the test's own. Lives as long as the runtime it is made in.
    pub async fn start() -> Self {
        let engine = engine();
        let used = Arc::new(Mutex::default());
        let http = Client::builder().no_proxy().build().unwrap();
        let line = Line { http, dynamodb: engine.endpoint().to_owned(), used: Arc::clone(&used) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass_on).with_state(Arc::new(line));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { _engine: engine, url, used }
    }

    /// What the functions are given for their DynamoDB.
    pub fn storage(&self) -> Storage {
        Storage::External(self.url.clone())
    }

    /// The rights that were used since this was last asked.
    pub fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.used.lock().unwrap())
    }
}

async fn pass_on(State(line): State<Arc<Line>>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    // The stack itself looks at the stream; it is no function.
    if let Some(operation) = target.strip_prefix("DynamoDB_20120810.") {
        line.used.lock().unwrap().extend(rights(operation, &body));
    }
    let request = line.http.post(&line.dynamodb).headers(headers).body(body);
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, response.bytes().await.unwrap())
}

/// A transaction needs the right of each of its actions, and none of its own.
fn rights(operation: &str, body: &[u8]) -> Vec<String> {
    if operation != "TransactWriteItems" {
        return vec![format!("dynamodb:{operation}")];
    }
    let body: Value = serde_json::from_slice(body).unwrap();
    let actions = body["TransactItems"].as_array().unwrap();
    let names = actions.iter().flat_map(|action| action.as_object().unwrap().keys());
    names.map(|name| format!("dynamodb:{name}Item")).collect()
}
