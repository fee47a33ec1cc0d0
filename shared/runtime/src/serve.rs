//! From Lambda's events to handlers and back.

use std::{
    pin::Pin,
    time::{Instant, SystemTime},
};

use lambda_http::{Request, aws_lambda_events::apigw::ApiGatewayV2httpResponse};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    backend::Backend,
    config::InitError,
    http::{
        event,
        extensions::{caller, route},
        problem::Problem,
        response::Response,
    },
    observe::{log, metrics},
};

/// What a handler answers.
pub type Result<T = Response, E = Problem> = std::result::Result<T, E>;

/// Runs a function: Init, then a handler for every request. A problem becomes its answer here, and every request is
/// logged once, with its id, route, status and duration. An event that is not a request is answered 400 and never ends the
/// invocation: Lambda would log the error, and the error quotes the event.
///
/// # Errors
/// Init failed, or Lambda's Runtime API is gone.
pub async fn serve<S>(
    init: impl Future<Output = Result<S, InitError>>,
    handler: impl AsyncFn(&S, &Request) -> Result,
) -> Result<(), Error> {
    log::init();
    metrics::init();
    let state = initialized(init).await?;
    let (state, handler) = (&state, &handler);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Box<RawValue>>| {
        let started = Instant::now();
        let request_id = event.context.request_id;
        let request = event::request(event.payload.get());
        let result = match &request {
            Ok(request) => handler(state, request).await,
            Err(problem) => Err(problem.clone()),
        };
        let (code, response) = match result {
            Ok(response) => (None, response),
            Err(problem) => {
                if problem.is_server_fault() {
                    metrics::server_error();
                }
                (Some(problem.code()), problem.into_response(&request_id))
            }
        };
        let (status, duration_ms) = (response.status().as_u16(), started.elapsed().as_secs_f64() * 1000.0);
        let request = request.as_ref().ok();
        let route = request.map_or("", route);
        let (user, session_id, actor) = match request.and_then(caller) {
            Some(caller) => (Some(&*caller.user), caller.session_id.as_deref(), caller.actor.as_deref()),
            None => (None, None, None),
        };
        tracing::info!(route, status, code, duration_ms, request_id, user, session_id, actor, "answered");
        metrics::flush();
        Ok::<_, Error>(ApiGatewayV2httpResponse::from(response))
    }))
    .await
}

/// Runs a function of the API: [`Backend::init`], then a handler for every request. The first request of a user may come
/// before the webhook: where the caller is not known here yet, Clerk is asked, and the request is handled again.
///
/// # Errors
/// As [`serve`].
pub async fn serve_api(handler: impl AsyncFn(&Backend, &Request) -> Result) -> Result<(), Error> {
    serve(Backend::init(), async |backend: &Backend, request: &Request| match handler(backend, request).await {
        Err(problem) if problem.is_user_not_synced() => {
            let caller = backend.authenticate(request).await?;
            if backend.sync_from_clerk(&caller.subject).await? { handler(backend, request).await } else { Err(problem) }
        }
        answer => answer,
    })
    .await
}

/// Says why Init failed before the runtime does: in words, as `main` prints an error for programmers.
async fn initialized<S>(init: impl Future<Output = Result<S, InitError>>) -> Result<S, Error> {
    init.await.map_err(|error| {
        tracing::error!(%error, "Init failed");
        error.to_string().into()
    })
}

/// Runs a function that answers events of other sources than API Gateway: Init, then a handler for every event, with
/// the time by which it must be done. What it answers is for who invoked it by hand; an error makes the source send the
/// event again, as far as it does.
///
/// # Errors
/// Init failed, or Lambda's Runtime API is gone.
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
        // Boxed: the handlers of these loop over loops of requests, a type too deep for the compiler.
        let handled: Pin<Box<dyn Future<Output = _>>> = Box::pin(handler(state, event.payload, Instant::now() + left));
        let answer = handled.await.inspect_err(|error| tracing::error!(%error, "the event was not dealt with"));
        metrics::flush();
        answer
    }))
    .await
}
