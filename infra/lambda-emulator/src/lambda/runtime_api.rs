//! The Lambda Runtime API: a process gets its next event from it, and posts the result to it.
//!
//! On AWS every execution environment has a Runtime API of its own. Here all environments share one listener, and the
//! id of the environment is the first segment of the path: a process gets `http://127.0.0.1:<port>/<id>` as
//! `AWS_LAMBDA_RUNTIME_API`.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, HeaderName, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

/// The maximum size of a response. Lambda names this number, slightly more than 6 MB, in its own error.
pub(crate) const RESPONSE_LIMIT_BYTES: usize = 6_291_556;

/// The header, or the trailer, with the type of an error.
pub(crate) const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");
/// The header of a response that is streamed.
const RESPONSE_MODE: HeaderName = HeaderName::from_static("lambda-runtime-function-response-mode");

/// An event for a process.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    /// Milliseconds since the epoch.
    pub(crate) deadline_ms: u128,
    pub(crate) function_arn: String,
    pub(crate) trace_id: String,
    pub(crate) event: Bytes,
}

/// One call of a process to the Runtime API.
#[derive(Debug)]
pub(crate) enum RuntimeCall {
    /// `GET invocation/next`: returns as soon as there is an event.
    Next(oneshot::Sender<Invocation>),
    /// `POST invocation/{id}/response`.
    Response { request_id: String, body: Bytes },
    /// `POST invocation/{id}/response` with a streamed body. The process gets its answer when `received` is dropped.
    StreamedResponse { request_id: String, body: Body, received: oneshot::Sender<()> },
    /// `POST invocation/{id}/error`.
    Error { request_id: String, error: ReportedError },
    /// `POST init/error`.
    InitError(ReportedError),
}

/// An error that a process reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReportedError {
    pub(crate) kind: String,
    pub(crate) message: String,
}

impl ReportedError {
    /// Reads an error from the type in a header and from a JSON document.
    pub(crate) fn read(header: Option<&str>, document: &[u8]) -> Self {
        let document: Value = serde_json::from_slice(document).unwrap_or_default();
        let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            kind: text("errorType").or_else(|| header.map(str::to_owned)).unwrap_or_else(|| "Unknown".to_owned()),
            message: text("errorMessage").unwrap_or_default(),
        }
    }
}

/// The Runtime API of all execution environments. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    /// The calls of each registered execution environment, by its id.
    environments: Arc<Mutex<HashMap<String, mpsc::Sender<RuntimeCall>>>>,
}

/// The registration of one execution environment. Its calls are refused after this is dropped.
#[derive(Debug)]
pub(crate) struct Registration {
    runtime_api: RuntimeApi,
    id: String,
}

impl RuntimeApi {
    /// `address` is the address at which [`RuntimeApi::router`] is served.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, environments: Arc::default() }
    }

    /// Registers a new execution environment. Its calls arrive on the receiver.
    pub(crate) fn register(&self) -> (Registration, mpsc::Receiver<RuntimeCall>) {
        let id = uuid::Uuid::now_v7().to_string();
        let (sender, receiver) = mpsc::channel(4);
        self.environments().insert(id.clone(), sender);
        (Registration { runtime_api: self.clone(), id }, receiver)
    }

    /// The routes.
    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/{environment}/2018-06-01/runtime/invocation/next", get(next))
            .route("/{environment}/2018-06-01/runtime/invocation/{request}/response", post(response))
            .route("/{environment}/2018-06-01/runtime/invocation/{request}/error", post(error))
            .route("/{environment}/2018-06-01/runtime/init/error", post(init_error))
            // The handler checks the size, because a response that is too large also fails its invocation.
            .layer(DefaultBodyLimit::disable())
            .with_state(self.clone())
    }

    fn environments(&self) -> MutexGuard<'_, HashMap<String, mpsc::Sender<RuntimeCall>>> {
        self.environments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a call on. Returns `false` if the execution environment is gone.
    async fn call(&self, id: &str, call: RuntimeCall) -> bool {
        let sender = self.environments().get(id).cloned();
        match sender {
            Some(sender) => sender.send(call).await.is_ok(),
            None => false,
        }
    }
}

impl Registration {
    /// The value of `AWS_LAMBDA_RUNTIME_API`. It has a scheme, because an address without one cannot carry a path.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/{}", self.runtime_api.address, self.id)
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.runtime_api.environments().remove(&self.id);
    }
}

async fn next(State(runtime_api): State<RuntimeApi>, Path(environment): Path<String>) -> Response {
    let (sender, receiver) = oneshot::channel();
    if !runtime_api.call(&environment, RuntimeCall::Next(sender)).await {
        return gone();
    }
    let Ok(invocation) = receiver.await else { return gone() };
    let headers = [
        (HeaderName::from_static("lambda-runtime-aws-request-id"), invocation.request_id),
        (HeaderName::from_static("lambda-runtime-deadline-ms"), invocation.deadline_ms.to_string()),
        (HeaderName::from_static("lambda-runtime-invoked-function-arn"), invocation.function_arn),
        (HeaderName::from_static("lambda-runtime-trace-id"), invocation.trace_id),
        (HeaderName::from_static("content-type"), "application/json".to_owned()),
    ];
    (headers, invocation.event).into_response()
}

async fn response(
    State(runtime_api): State<RuntimeApi>,
    Path((environment, request_id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if headers.get(RESPONSE_MODE).is_some_and(|mode| mode == "streaming") {
        let (received, end) = oneshot::channel();
        let call = RuntimeCall::StreamedResponse { request_id, body, received };
        if !runtime_api.call(&environment, call).await {
            return gone();
        }
        // The sender is dropped without a message.
        let _ = end.await;
        return accepted();
    }
    let Ok(body) = to_bytes(body, usize::MAX).await else { return gone() };
    let too_large = body.len() > RESPONSE_LIMIT_BYTES;
    if !runtime_api.call(&environment, RuntimeCall::Response { request_id, body }).await {
        gone()
    } else if too_large {
        status(StatusCode::PAYLOAD_TOO_LARGE, "Exceeded maximum allowed payload size (6291556 bytes).")
    } else {
        accepted()
    }
}

async fn error(
    State(runtime_api): State<RuntimeApi>,
    Path((environment, request_id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = RuntimeCall::Error { request_id, error: reported(&headers, &body) };
    if runtime_api.call(&environment, call).await { accepted() } else { gone() }
}

async fn init_error(
    State(runtime_api): State<RuntimeApi>,
    Path(environment): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = RuntimeCall::InitError(reported(&headers, &body));
    if runtime_api.call(&environment, call).await { accepted() } else { gone() }
}

fn reported(headers: &HeaderMap, body: &[u8]) -> ReportedError {
    let header = headers.get(ERROR_TYPE).and_then(|value| value.to_str().ok());
    ReportedError::read(header, body)
}

fn accepted() -> Response {
    status(StatusCode::ACCEPTED, "OK")
}

/// The response to a process that Lambda has given up on.
fn gone() -> Response {
    status(StatusCode::FORBIDDEN, "State transition is not allowed")
}

fn status(code: StatusCode, text: &str) -> Response {
    (code, Json(json!({ "status": text }))).into_response()
}
