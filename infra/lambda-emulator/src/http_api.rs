//! API Gateway's HTTP API: a request comes in, a route is chosen, its function is invoked with payload format 2.0.

mod cors;
mod event;
mod response;
mod route;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use crate::{
    lambda::{InvokeError, Lambda},
    template::Template,
};
use cors::CorsRules;
use event::Incoming;
use route::Routes;

pub use route::RouteError;

/// Largest request body of an HTTP API.
const BODY_LIMIT_BYTES: usize = 10 * 1024 * 1024;
/// Largest event of a synchronous invocation.
const EVENT_LIMIT_BYTES: usize = 6 * 1024 * 1024;
/// A refused body is read on to here, so that the client sees the answer and not a broken connection.
const DRAIN_LIMIT_BYTES: usize = 64 * 1024 * 1024;
/// Longest integration timeout of an HTTP API.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The HTTP API of one template. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct HttpApi {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    routes: Routes,
    cors: Option<CorsRules>,
    lambda: Lambda,
    base64_bodies: bool,
}

/// An answer of the gateway itself, in its own words.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    NotFound,
    TooLarge,
    BadRequest,
    Timeout,
    Internal,
}

impl HttpApi {
    pub(crate) fn new(template: &Template, lambda: Lambda, base64_bodies: bool) -> Result<Self, RouteError> {
        let routes = Routes::new(&template.functions)?;
        let cors = template.cors.clone().map(CorsRules::new);
        Ok(Self { inner: Arc::new(Inner { routes, cors, lambda, base64_bodies }) })
    }

    pub(crate) fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(self.clone())
    }
}

async fn handle(State(api): State<HttpApi>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request) -> Response {
    let gateway = &api.inner;
    let request_id = uuid::Uuid::now_v7().to_string();
    let origin = request.headers().get("origin").cloned();
    let preflight = gateway.cors.as_ref().and_then(|cors| cors.preflight(request.method(), request.headers()));
    let mut response = match preflight {
        Some(preflight) => preflight,
        None => {
            let mut response = answer(gateway, &request_id, peer, request).await.unwrap_or_else(Refusal::response);
            if let Some(cors) = &gateway.cors {
                cors.decorate(origin.as_ref(), response.headers_mut());
            }
            response
        }
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(HeaderName::from_static("apigw-requestid"), value);
    }
    response
}

async fn answer(gateway: &Inner, request_id: &str, peer: SocketAddr, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let found = gateway.routes.find(parts.method.as_str(), parts.uri.path());
    let body = read(body).await?;
    let found = found.ok_or(Refusal::NotFound)?;

    let incoming = Incoming { parts: &parts, body: &body, source_ip: peer.ip(), request_id };
    let event = incoming.event(&found, gateway.base64_bodies);
    let event = serde_json::to_vec(&event).map_err(|_| Refusal::Internal)?;
    if event.len() > EVENT_LIMIT_BYTES {
        return Err(Refusal::TooLarge);
    }
    // The invocation goes on when this gives up, as it does behind API Gateway.
    match tokio::time::timeout(INTEGRATION_TIMEOUT, gateway.lambda.invoke(found.function, event.into())).await {
        Ok(Ok(payload)) => response::build(&payload).ok_or(Refusal::Internal),
        Err(_) | Ok(Err(InvokeError::Timeout { .. })) => Err(Refusal::Timeout),
        Ok(Err(_)) => Err(Refusal::Internal),
    }
}

async fn read(body: Body) -> Result<Bytes, Refusal> {
    let mut chunks = body.into_data_stream();
    let mut kept = BytesMut::new();
    let mut length = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::BadRequest)?;
        length = length.saturating_add(chunk.len());
        if length <= BODY_LIMIT_BYTES {
            kept.extend_from_slice(&chunk);
        } else if length > DRAIN_LIMIT_BYTES {
            break;
        }
    }
    if length > BODY_LIMIT_BYTES { Err(Refusal::TooLarge) } else { Ok(kept.freeze()) }
}

impl Refusal {
    fn response(self) -> Response {
        let (status, message) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::Timeout => (StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        };
        let mut response = Response::new(Body::from(format!(r#"{{"message":"{message}"}}"#)));
        *response.status_mut() = status;
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
        response
    }
}
