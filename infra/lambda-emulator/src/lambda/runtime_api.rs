//! The Lambda Runtime API: what a function's process asks for its next event and where it posts the result.
//!
//! On AWS every execution environment has a Runtime API of its own. Here all share one listener, and the id of the execution
//! environment is the first segment of the path: a process gets `http://127.0.0.1:<port>/<id>` as `AWS_LAMBDA_RUNTIME_API`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, HeaderName, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

/// What Lambda takes as a response: 6 MB and a little (its own number, named in its own error).
pub(crate) const RESPONSE_LIMIT_BYTES: usize = 6_291_556;

/// One event on its way to a process.
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
pub(crate) enum Call {
    /// `GET invocation/next`: answered when there is an event.
    Next(oneshot::Sender<Invocation>),
    /// `POST invocation/{id}/response`.
    Response { request_id: String, body: Bytes },
    /// `POST invocation/{id}/error`.
    Error { request_id: String, error: ReportedError },
    /// `POST init/error`.
    InitError(ReportedError),
}

/// An error as a process reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReportedError {
    pub(crate) kind: String,
    pub(crate) message: String,
}

/// The execution environments that may call, by id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    environments: Arc<Mutex<HashMap<String, mpsc::Sender<Call>>>>,
}

/// Ends the registration of an execution environment when dropped.
#[derive(Debug)]
pub(crate) struct Registration {
    registry: Registry,
    pub(crate) id: String,
}

impl Registry {
    /// Registers a new execution environment; its calls arrive on the receiver.
    pub(crate) fn register(&self) -> (Registration, mpsc::Receiver<Call>) {
        let id = uuid::Uuid::now_v7().to_string();
        let (sender, receiver) = mpsc::channel(4);
        self.lock().insert(id.clone(), sender);
        (Registration { registry: self.clone(), id }, receiver)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, mpsc::Sender<Call>>> {
        self.environments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a call on; `false` when the execution environment is gone.
    async fn call(&self, id: &str, call: Call) -> bool {
        let sender = self.lock().get(id).cloned();
        match sender {
            Some(sender) => sender.send(call).await.is_ok(),
            None => false,
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.lock().remove(&self.id);
    }
}

/// The HTTP side.
pub(crate) fn router(registry: Registry) -> Router {
    Router::new()
        .route("/{environment}/2018-06-01/runtime/invocation/next", get(next))
        .route("/{environment}/2018-06-01/runtime/invocation/{request}/response", post(response))
        .route("/{environment}/2018-06-01/runtime/invocation/{request}/error", post(error))
        .route("/{environment}/2018-06-01/runtime/init/error", post(init_error))
        // The limit is checked where it can fail the invocation too.
        .layer(DefaultBodyLimit::disable())
        .with_state(registry)
}

async fn next(State(registry): State<Registry>, Path(environment): Path<String>) -> Response {
    let (sender, receiver) = oneshot::channel();
    if !registry.call(&environment, Call::Next(sender)).await {
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
    State(registry): State<Registry>,
    Path((environment, request_id)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let too_large = body.len() > RESPONSE_LIMIT_BYTES;
    if !registry.call(&environment, Call::Response { request_id, body }).await {
        gone()
    } else if too_large {
        status(StatusCode::PAYLOAD_TOO_LARGE, "Exceeded maximum allowed payload size (6291556 bytes).")
    } else {
        accepted()
    }
}

async fn error(
    State(registry): State<Registry>,
    Path((environment, request_id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = Call::Error { request_id, error: reported(&headers, &body) };
    if registry.call(&environment, call).await { accepted() } else { gone() }
}

async fn init_error(
    State(registry): State<Registry>,
    Path(environment): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = Call::InitError(reported(&headers, &body));
    if registry.call(&environment, call).await { accepted() } else { gone() }
}

fn reported(headers: &HeaderMap, body: &[u8]) -> ReportedError {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let header = headers.get("lambda-runtime-function-error-type").and_then(|value| value.to_str().ok());
    ReportedError {
        kind: text("errorType").or_else(|| header.map(str::to_owned)).unwrap_or_else(|| "Unknown".to_owned()),
        message: text("errorMessage").unwrap_or_default(),
    }
}

fn accepted() -> Response {
    status(StatusCode::ACCEPTED, "OK")
}

/// Lambda answers 403 to a runtime that it has given up on.
fn gone() -> Response {
    status(StatusCode::FORBIDDEN, "State transition is not allowed")
}

fn status(code: StatusCode, text: &str) -> Response {
    (code, Json(serde_json::json!({ "status": text }))).into_response()
}
