//! The server: passes Lambda's events to a handler and returns its responses.

use std::{
    fmt,
    pin::Pin,
    time::{Instant, SystemTime},
};

use http::StatusCode;
use lambda_http::Request;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use usher_contract::Identity;

use crate::{
    backend::Backend,
    config::InitError,
    http::{
        extensions::{caller, route},
        problem::Problem,
        protocol::{HTTP, Protocol},
        query::QueryParameters,
        response::Response,
    },
    observe::{log, metrics},
};

pub(crate) const NO_PARAMETERS: QueryParameters = QueryParameters(&[]);
const LIST_PARAMETERS: QueryParameters = QueryParameters(&["limit", "cursor"]);
const SEARCH_PARAMETERS: QueryParameters = QueryParameters(&["q", "kind", "limit", "cursor"]);

/// The result of a handler: a response, or the problem that is answered instead.
pub type Result<T = Response, E = Problem> = std::result::Result<T, E>;

/// Runs a function: Init, then a handler for every request. Gives every `GET` an entity tag, and answers 304 if the
/// caller has the response already. Converts a problem to a response, and logs its cause. Logs every request once, with
/// its id, route, status and duration. An event that is not a request gets a 400. It does not end the invocation with
/// an error, because Lambda would log that error, which quotes the event.
///
/// # Errors
/// Init failed, or Lambda's Runtime API cannot be reached.
pub async fn serve<S>(
    init: impl Future<Output = Result<S, InitError>>,
    handler: impl AsyncFn(&S, &Request) -> Result,
) -> Result<(), Error> {
    run(HTTP, init, NO_PARAMETERS, handler).await
}

/// Runs a function that one of API Gateway's protocols invokes.
pub(crate) async fn run<S, A: From<Response> + Serialize>(
    protocol: Protocol<A>,
    init: impl Future<Output = Result<S, InitError>>,
    query: QueryParameters,
    handler: impl AsyncFn(&S, &Request) -> Result,
) -> Result<(), Error> {
    let state = start(init).await?;
    let (state, protocol, query, handler) = (&state, &protocol, &query, &handler);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Box<RawValue>>| {
        let started = Instant::now();
        let request_id = event.context.request_id;
        let payload = event.payload.get();
        let request = (protocol.request)(payload).map(|mut request| {
            request.extensions_mut().insert(*query);
            request
        });
        let result = match &request {
            Ok(request) => handler(state, request).await.map(|response| (protocol.finish)(request, response)),
            Err(problem) => Err(problem.clone()),
        };
        let (response, problem) = match result {
            Ok(response) => (response, None),
            Err(problem) => ((protocol.refuse)(problem.clone(), &request_id), Some(problem)),
        };
        if let Some(problem) = &problem {
            problem.record();
        }
        let status = problem.as_ref().map_or(response.status(), Problem::status);
        log_request(&request, || (protocol.route)(payload), status, problem.as_ref(), started, &request_id);
        metrics::flush();
        Ok::<_, Error>(A::from(response))
    }))
    .await
}

/// Writes the log line of a request. `problem` is the one that was answered, or that ended the response. `route_of`
/// returns the route of an event that is not a request.
pub(crate) fn log_request(
    request: &Result<Request>,
    route_of: impl FnOnce() -> String,
    status: StatusCode,
    problem: Option<&Problem>,
    started: Instant,
    request_id: &str,
) {
    let (status, duration_ms) = (status.as_u16(), started.elapsed().as_secs_f64() * 1000.0);
    let (code, reason) = (problem.map(Problem::code), problem.map(Problem::reason));
    let route = request.as_ref().map_or_else(|_| route_of(), |request| route(request).to_owned());
    let (user, session_id, actor) = match request.as_ref().ok().and_then(caller) {
        Some(caller) => (Some(&*caller.user), caller.session_id.as_deref(), caller.actor.as_deref()),
        None => (None, None, None),
    };
    tracing::info!(route, status, code, reason, duration_ms, request_id, user, session_id, actor, "request");
}

/// Runs a function of the API as [`serve`] does, with a [`Backend`]. The first request of a user may arrive before the
/// user's webhook. If the caller is not stored yet, fetches the user from Clerk and handles the request again.
///
/// # Errors
/// As [`serve`].
pub async fn serve_api(handler: impl AsyncFn(&Backend, &Request) -> Result) -> Result<(), Error> {
    serve_backend(NO_PARAMETERS, handler).await
}

/// As [`serve_api`], for a list: accepts the query parameters `limit` and `cursor`.
///
/// # Errors
/// As [`serve`].
pub async fn serve_list(handler: impl AsyncFn(&Backend, &Request) -> Result) -> Result<(), Error> {
    serve_backend(LIST_PARAMETERS, handler).await
}

/// As [`serve_list`], for a search: also accepts the query parameters `q` and `kind`.
///
/// # Errors
/// As [`serve`].
pub async fn serve_search(handler: impl AsyncFn(&Backend, &Request) -> Result) -> Result<(), Error> {
    serve_backend(SEARCH_PARAMETERS, handler).await
}

async fn serve_backend(
    query: QueryParameters,
    handler: impl AsyncFn(&Backend, &Request) -> Result,
) -> Result<(), Error> {
    run(HTTP, Backend::init(), query, async |backend: &Backend, request: &Request| {
        handle_synced(backend, request, Backend::authenticate, &handler).await
    })
    .await
}

/// Handles a request. If the caller is not stored yet, fetches the user from Clerk and handles the request again.
pub(crate) async fn handle_synced<S: AsRef<Backend>, T>(
    state: &S,
    request: &Request,
    authenticate: impl AsyncFn(&S, &Request) -> Result<Identity>,
    handler: &impl AsyncFn(&S, &Request) -> Result<T>,
) -> Result<T> {
    match handler(state, request).await {
        Err(problem) if problem.is_user_not_synced() => {
            let caller = authenticate(state, request).await?;
            let is_synced = state.as_ref().sync_from_clerk(&caller.subject).await?;
            if is_synced { handler(state, request).await } else { Err(problem) }
        }
        result => result,
    }
}

/// The text of an error. `main` prints the `Debug` form of its error, and `lambda_runtime` logs that form of a handler's
/// error, so it is the text too.
#[derive(thiserror::Error)]
#[error("{0}")]
struct ErrorText(String);

impl fmt::Debug for ErrorText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Starts logs and metrics, then runs Init and logs its error.
pub(crate) async fn start<S>(init: impl Future<Output = Result<S, InitError>>) -> Result<S, Error> {
    log::init();
    metrics::init();
    init.await.map_err(|error| {
        tracing::error!(%error, "Init failed");
        ErrorText(error.to_string()).into()
    })
}

/// Runs a function for events of other sources than API Gateway: Init, then a handler for every event. The handler gets
/// the time by which it must return. The return value is only seen by manual invocations. On error, the event source
/// retries according to its own policy.
///
/// # Errors
/// Init failed, or Lambda's Runtime API cannot be reached.
pub async fn serve_events<S, E: DeserializeOwned, T: Serialize>(
    init: impl Future<Output = Result<S, InitError>>,
    handler: impl AsyncFn(&S, E, Instant) -> Result<T, Error>,
) -> Result<(), Error> {
    let state = start(init).await?;
    let (state, handler) = (&state, &handler);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<E>| {
        let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        // Boxed, because these handlers have nested loops of requests, whose type is too deep for the compiler.
        let handled: Pin<Box<dyn Future<Output = _>>> = Box::pin(handler(state, event.payload, Instant::now() + left));
        let result = handled.await.map_err(|error| {
            tracing::error!(%error, "event failed");
            Error::from(ErrorText(error.to_string()))
        });
        metrics::flush();
        result
    }))
    .await
}
