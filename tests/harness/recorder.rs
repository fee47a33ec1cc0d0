//! What the functions ask of DynamoDB.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use local::dynamodb::{Engine, Storage};
use reqwest::Client;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};

use crate::{
    rights::Right,
    store::{engine, throttled},
};

/// The rights that each function has used, by its name.
type Used = BTreeMap<String, BTreeSet<Right>>;

/// A DynamoDB that keeps a list of the rights its callers would have needed.
pub struct Recorder {
    _engine: Engine,
    url: String,
    used: Arc<Mutex<Used>>,
    refused: watch::Sender<Option<&'static str>>,
}

struct Relay {
    http: Client,
    dynamodb: String,
    used: Arc<Mutex<Used>>,
    refused: watch::Receiver<Option<&'static str>>,
}

impl Recorder {
    /// A DynamoDB of the test's own. Lives as long as the runtime it is made in.
    pub async fn start() -> Self {
        let engine = engine();
        let used = Arc::new(Mutex::default());
        let http = Client::builder().no_proxy().build().unwrap();
        let (refused, refuses) = watch::channel(None);
        let line = Relay { http, dynamodb: engine.endpoint().to_owned(), used: Arc::clone(&used), refused: refuses };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass_on).with_state(Arc::new(line));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { _engine: engine, url, used, refused }
    }

    /// What the functions are given for their DynamoDB.
    pub fn storage(&self) -> Storage {
        Storage::External(self.url.clone())
    }

    /// Refuses everything that this function asks for, as DynamoDB does when it has enough; `None` refuses nobody.
    pub fn refuse(&self, function: Option<&'static str>) {
        self.refused.send_replace(function);
    }

    /// The rights that each function has used so far.
    pub fn used(&self) -> Used {
        self.used.lock().unwrap().clone()
    }
}

async fn pass_on(State(line): State<Arc<Relay>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    // The stack and the test ask too; they are no functions.
    let agent = headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let function = agent.split(' ').find_map(|word| word.strip_prefix("app/"));
    if let (Some(function), Some(operation)) = (function, target.strip_prefix("DynamoDB_20120810.")) {
        line.used.lock().unwrap().entry(function.to_owned()).or_default().extend(rights(operation, &body));
    }
    if function.is_some() && *line.refused.borrow() == function {
        return throttled().into_response();
    }
    let request = line.http.post(&line.dynamodb).headers(headers).body(body);
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, response.bytes().await.unwrap()).into_response()
}

/// A transaction needs the right of each of its actions, and none of its own.
fn rights(operation: &str, body: &[u8]) -> Vec<Right> {
    let body: Value = serde_json::from_slice(body).unwrap();
    if operation != "TransactWriteItems" {
        let resource = body["IndexName"].as_str().map_or_else(|| "table".to_owned(), |name| format!("index/{name}"));
        return vec![Right::new(format!("dynamodb:{operation}"), resource)];
    }
    let actions = body["TransactItems"].as_array().unwrap();
    let names = actions.iter().flat_map(|action| action.as_object().unwrap().keys());
    names.map(|name| Right::new(format!("dynamodb:{name}Item"), "table")).collect()
}
