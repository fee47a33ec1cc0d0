//! The server: passes Lambda's events to a handler and returns its responses.

use std::{
    fmt,
    pin::Pin,
    time::{Instant, SystemTime},
};

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
    log::init();
    metrics::init();
    let state = initialized(init).await?;
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
        let (status, code, reason, response) = match result {
            Ok(response) => (response.status(), None, None, response),
            Err(problem) => {
                problem.record();
                let (status, code, reason) = (problem.status(), problem.code(), problem.reason());
                (status, Some(code), Some(reason), (protocol.refuse)(problem, &request_id))
            }
        };
        let (status, duration_ms) = (status.as_u16(), started.elapsed().as_secs_f64() * 1000.0);
        let route = request.as_ref().map_or_else(|_| (protocol.route)(payload), |request| route(request).to_owned());
        let request = request.as_ref().ok();
        let (user, session_id, actor) = match request.and_then(caller) {
            Some(caller) => (Some(&*caller.user), caller.session_id.as_deref(), caller.actor.as_deref()),
            None => (None, None, None),
        };
        tracing::info!(route, status, code, reason, duration_ms, request_id, user, session_id, actor, "request");
        metrics::flush();
        Ok::<_, Error>(A::from(response))
    }))
    .await
}

/// Runs a function of the API as [`serve`] does, with a [`Backend`]. The first request of a user may arrive before the
/// user's webhook. If the caller is not stored yet, fetches the user from Clerk and handles the request again.
///
/// # Errors
/// As [`serve`].
pub async fn serve_api(handler: impl AsyncFn(&Backend, &Request) -> Result) -> Result<(), Error> {
    run(HTTP, Backend::init(), NO_PARAMETERS, async |backend: &Backend, request: &Request| {
        handle_synced(backend, request, Backend::authenticate, &handler).await
    })
    .await
}

/// As [`serve_api`], for a list: accepts the query parameters `limit` and `cursor`.
///
/// # Errors
/// As [`serve`].
pub async fn serve_list(handler: impl AsyncFn(&Backend, &Request) -> Result) -> Result<(), Error> {
    run(HTTP, Backend::init(), LIST_PARAMETERS, async |backend: &Backend, request: &Request| {
        handle_synced(backend, request, Backend::authenticate, &handler).await
    })
    .await
}

/// Handles a request. If the caller is not stored yet, fetches the user from Clerk and handles the request again.
pub(crate) async fn handle_synced(
    backend: &Backend,
    request: &Request,
    authenticate: impl AsyncFn(&Backend, &Request) -> Result<Identity>,
    handler: &impl AsyncFn(&Backend, &Request) -> Result,
) -> Result {
    match handler(backend, request).await {
        Err(problem) if problem.is_user_not_synced() => {
            let caller = authenticate(backend, request).await?;
            if backend.sync_from_clerk(&caller.subject).await? { handler(backend, request).await } else { Err(problem) }
        }
        result => result,
    }
}

/// The text of an error of Init. `main` prints the `Debug` form of its error, so that form is the text too.
#[derive(thiserror::Error)]
#[error("{0}")]
struct InitFailed(String);

impl fmt::Debug for InitFailed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Runs Init and logs its error.
async fn initialized<S>(init: impl Future<Output = Result<S, InitError>>) -> Result<S, Error> {
    init.await.map_err(|error| {
        tracing::error!(%error, "Init failed");
        InitFailed(error.to_string()).into()
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
    log::init();
    metrics::init();
    let state = initialized(init).await?;
    let (state, handler) = (&state, &handler);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<E>| {
        let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        // Boxed, because these handlers have nested loops of requests, whose type is too deep for the compiler.
        let handled: Pin<Box<dyn Future<Output = _>>> = Box::pin(handler(state, event.payload, Instant::now() + left));
        let result = handled.await.inspect_err(|error| tracing::error!(%error, "event failed"));
        metrics::flush();
        result
    }))
    .await
}
