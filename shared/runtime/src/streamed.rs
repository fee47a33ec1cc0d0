//! The functions of the streaming API: a response whose body is sent while it is made.

pub(crate) mod cors;
mod delivery;
pub(crate) mod response;

use std::{panic::AssertUnwindSafe, time::Instant};

use futures_util::FutureExt as _;
use lambda_http::{Request, RequestExt as _};
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime, service_fn, tower::layer::layer_fn};

use crate::{
    backend::Backend,
    config::InitError,
    http::{problem::Problem, query::QueryParameters, rest},
    observe::metrics,
    serve::{Result, handle_synced, log_request, start},
    streamed::{cors::AllowedOrigins, delivery::deliver, response::StreamedResponse},
};

/// Runs a function of the streaming API: Init, then a handler for every request. `query` has the names of the query
/// parameters that the route accepts. The handler returns the response before its first byte, or a problem, which is
/// answered as everywhere. If the caller is not stored yet, fetches the user from Clerk and handles the request again.
/// Logs every request once, at the end of its response, and then writes its metrics.
///
/// `lambda_runtime` has streamed responses too, but two rules of theirs do not fit. It writes an error in the middle of
/// a body as more of the body, so that a client takes a broken response for a whole one; here the error is sent in the
/// trailers that Lambda documents ("Building a custom runtime", response streaming), and the client's connection breaks
/// off. And it drops the body, and ends the process, if the connection to the Runtime API breaks; here the process goes
/// on, and so does a body that must ([`StreamedResponse::even_without_client`]).
///
/// # Errors
/// Init failed, or Lambda's Runtime API cannot be reached.
pub async fn serve_stream<S: AsRef<Backend>>(
    init: impl Future<Output = Result<S, InitError>>,
    query: &'static [&'static str],
    handler: impl AsyncFn(&S, &Request) -> Result<StreamedResponse>,
) -> Result<(), Error> {
    let state = start(async { Ok((init.await?, AllowedOrigins::read()?)) }).await?;
    let client = delivery::client();
    let (client, (state, origins), handler) = (&client, &state, &handler);
    let service = async move |invocation: LambdaInvocation| {
        let started = Instant::now();
        let request_id = invocation.context.request_id.clone();
        let payload = std::str::from_utf8(&invocation.body).unwrap_or_default();
        let request = rest::any_request(payload).map(|mut request| {
            request.extensions_mut().insert(QueryParameters(query));
            request.with_lambda_context(invocation.context)
        });
        let result = match &request {
            Ok(request) => handle(state, request, handler).await,
            Err(problem) => Err(problem.clone()),
        };
        let (response, problem) = match result {
            Ok(response) => (response, None),
            Err(problem) => (StreamedResponse::from_problem(&problem, &request_id), Some(problem)),
        };
        let status = response.status();
        let response = response.with_cors(origins.headers_for(request.as_ref().ok()));
        let problem = deliver(client, &request_id, response).await.or(problem);
        if let Some(problem) = &problem {
            problem.record();
        }
        log_request(&request, || rest::any_route_key(payload), status, problem.as_ref(), started, &request_id);
        metrics::flush();
        Ok::<(), Error>(())
    };
    // The service replaces the one that `Runtime::new` builds, which cannot send trailers.
    let unused = service_fn(async |_: LambdaEvent<()>| Ok::<(), Error>(()));
    Runtime::new(unused).layer(layer_fn(|_| service_fn(&service))).run().await
}

/// Calls the handler. A panic becomes a 500, as it would in `lambda_runtime`.
async fn handle<S: AsRef<Backend>>(
    state: &S,
    request: &Request,
    handler: &impl AsyncFn(&S, &Request) -> Result<StreamedResponse>,
) -> Result<StreamedResponse> {
    let handled =
        handle_synced(state, request, async |state: &S, request| state.as_ref().authenticate(request).await, handler);
    AssertUnwindSafe(handled).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("the handler panicked");
        Err(Problem::internal())
    })
}

impl AsRef<Backend> for Backend {
    fn as_ref(&self) -> &Backend {
        self
    }
}
