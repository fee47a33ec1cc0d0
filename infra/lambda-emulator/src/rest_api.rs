//! API Gateway's REST API with streamed responses: chooses the route of a request, invokes its function with payload
//! format 1.0, and passes each part of the response on as soon as the function has made it.

mod error;
mod event;
mod prelude;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
    routing::any,
};
use bytes::Bytes;
use futures_util::stream;
use tokio::time::{Instant, timeout_at};

use crate::{
    access_log::AccessLog,
    lambda::{Lambda, StreamedInvocation, invoke_error::InvokeError},
    options::Options,
    request_body::read_body,
    rest_api::{error::GatewayError, event::ReceivedRequest, prelude::Prelude},
    routing::route::{RouteError, Routes},
    template::{self, Template},
};

/// The maximum size of the event of a synchronous invocation.
const EVENT_LIMIT_BYTES: usize = 6 * 1024 * 1024;

/// The REST API of one template.
#[derive(Debug)]
pub(crate) struct RestApi {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    template: template::RestApi,
    routes: Routes,
    lambda: Lambda,
    base64_bodies: bool,
    log: AccessLog,
}

impl RestApi {
    /// Returns the API, or `None` if the template has none.
    pub(crate) fn new(template: &Template, lambda: &Lambda, options: &Options) -> Result<Option<Self>, RouteError> {
        let Some(api) = template.rest_api.clone() else { return Ok(None) };
        let inner = Inner {
            template: api,
            routes: Routes::of_rest_api(&template.functions)?,
            lambda: lambda.clone(),
            base64_bodies: options.base64_bodies,
            log: AccessLog::new(options.logs.clone()),
        };
        Ok(Some(Self { inner: Arc::new(inner) }))
    }

    /// The routes. The server must provide the peer's address ([`ConnectInfo`]).
    pub(crate) fn router(&self) -> Router {
        let stage = &self.inner.template.stage;
        [format!("/{stage}"), format!("/{stage}/"), format!("/{stage}/{{*rest}}")]
            .iter()
            .fold(Router::new(), |router, path| router.route(path, any(handle)))
            .with_state(Arc::clone(&self.inner))
    }
}

async fn handle(
    State(api): State<Arc<Inner>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id = uuid::Uuid::now_v7().to_string();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = match api.preflight(&method, &path) {
        Some(preflight) => Ok(preflight),
        None => respond(&api, &request_id, peer, request).await,
    };
    let mut response = response.unwrap_or_else(|error| {
        let mut response = error.response();
        let status = response.status();
        let added =
            if status.is_server_error() { &api.template.of_server_errors } else { &api.template.of_client_errors };
        response.headers_mut().extend(added.iter().cloned());
        api.log.refused(&method, &path, status, error.reason(), &request_id);
        response
    });
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(HeaderName::from_static("x-amzn-requestid"), value);
    }
    response
}

impl Inner {
    /// Returns the response to a preflight. The template's `Cors` gives every path a method `OPTIONS` that answers all
    /// origins alike, and the browser compares. Returns `None` for any other request.
    fn preflight(&self, method: &Method, path: &str) -> Option<Response> {
        let headers = self.template.preflight.as_ref()?;
        if method != Method::OPTIONS || !self.routes.has_path(path) {
            return None;
        }
        let mut response = Response::new(Body::empty());
        response.headers_mut().extend(headers.iter().cloned());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Some(response)
    }
}

async fn respond(api: &Inner, request_id: &str, peer: SocketAddr, request: Request) -> Result<Response, GatewayError> {
    let (parts, body) = request.into_parts();
    let route = api.routes.find(parts.method.as_str(), parts.uri.path()).ok_or(GatewayError::NoRoute)?;
    let body = read_body(body).await?;
    let deadline = Instant::now() + route.route.timeout.unwrap_or_default();

    let received =
        ReceivedRequest { parts: &parts, body: &body, source_ip: peer.ip(), request_id, stage: &api.template.stage };
    let event = received.event(&route, api.base64_bodies);
    let event = serde_json::to_vec(&event).map_err(|_| GatewayError::Failed)?;
    if event.len() > EVENT_LIMIT_BYTES {
        return Err(GatewayError::TooLarge);
    }
    let mut invocation = api.lambda.invoke_streamed(route.function, event.into()).map_err(|_| GatewayError::Failed)?;
    let prelude = match timeout_at(deadline, Prelude::read(&mut invocation.chunks)).await {
        Ok(Some(prelude)) => prelude,
        Ok(None) => return Err(failure_of(invocation).await),
        Err(_) => return Err(GatewayError::Timeout),
    };
    let broken = Broken { log: api.log.clone(), parts, request_id: request_id.to_owned(), deadline };
    let (mut response, first) = prelude.into_response();
    *response.body_mut() = streamed_body(first, invocation, broken);
    Ok(response)
}

/// Returns why an invocation has no response with a prelude.
async fn failure_of(invocation: StreamedInvocation) -> GatewayError {
    match invocation.end.await {
        Ok(Err(InvokeError::Timeout { .. })) => GatewayError::Timeout,
        _ => GatewayError::Failed,
    }
}

/// What the log needs if a response breaks off.
struct Broken {
    log: AccessLog,
    parts: Parts,
    request_id: String,
    deadline: Instant,
}

impl Broken {
    /// Writes the line of a response that broke off, and returns the error that makes the server close the connection.
    /// A clean end would let the client take the part for the whole.
    fn record(&self, reason: &str) -> std::io::Error {
        let (method, path) = (&self.parts.method, self.parts.uri.path());
        self.log.refused(method, path, StatusCode::OK, reason, &self.request_id);
        std::io::Error::other(reason.to_owned())
    }
}

/// Returns the body: the rest of the piece with the prelude, then each chunk as the function makes it.
fn streamed_body(first: Bytes, invocation: StreamedInvocation, broken: Broken) -> Body {
    let first = Some(first).filter(|first| !first.is_empty());
    Body::from_stream(stream::unfold(Some((first, invocation, broken)), async |state| {
        let (first, mut invocation, broken) = state?;
        if let Some(first) = first {
            return Some((Ok(first), Some((None, invocation, broken))));
        }
        match timeout_at(broken.deadline, invocation.chunks.recv()).await {
            Ok(Some(chunk)) => Some((Ok(chunk), Some((None, invocation, broken)))),
            Ok(None) => match invocation.end.await {
                Ok(Ok(())) => None,
                _ => Some((Err(broken.record("the function failed in the middle of its response")), None)),
            },
            Err(_) => Some((Err(broken.record("the response took longer than the time-out of its route")), None)),
        }
    }))
}

// The functions of these tests are shell scripts.
#[cfg(test)]
#[cfg(unix)]
mod tests;
