//! API Gateway's HTTP API: chooses the route of a request and invokes its function with payload format 2.0.

mod cors;
mod error;
mod event;
mod response;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

use crate::{
    access_log::AccessLog,
    http_api::{cors::CorsRules, error::GatewayError, event::ReceivedRequest, response::build_response},
    lambda::{Lambda, invoke_error::InvokeError},
    options::Options,
    request_body::read_body,
    routing::route::{RouteError, Routes},
    template::Template,
};

/// The maximum size of the event of a synchronous invocation.
const EVENT_LIMIT_BYTES: usize = 6 * 1024 * 1024;
/// The maximum integration timeout of an HTTP API.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The HTTP API of one template.
#[derive(Debug)]
pub(crate) struct HttpApi {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    routes: Routes,
    cors: Option<CorsRules>,
    lambda: Lambda,
    base64_bodies: bool,
    log: AccessLog,
}

impl HttpApi {
    pub(crate) fn new(template: &Template, lambda: Lambda, options: &Options) -> Result<Self, RouteError> {
        let routes = Routes::new(&template.functions)?;
        let cors = template.cors.clone().map(CorsRules::new);
        let (base64_bodies, log) = (options.base64_bodies, AccessLog::new(options.logs.clone()));
        Ok(Self { inner: Arc::new(Inner { routes, cors, lambda, base64_bodies, log }) })
    }

    /// The routes. The server must provide the peer's address ([`ConnectInfo`]).
    pub(crate) fn router(&self) -> Router {
        Router::new().fallback(handle).with_state(Arc::clone(&self.inner))
    }
}

async fn handle(
    State(api): State<Arc<Inner>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id = uuid::Uuid::now_v7().to_string();
    let origin = request.headers().get("origin").cloned();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let preflight = api.cors.as_ref().and_then(|cors| cors.preflight(request.method(), request.headers()));
    let mut response = match preflight {
        Some(preflight) => {
            if !preflight.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
                let reason = "CORS does not allow this origin or method";
                api.log.refused(&method, &path, preflight.status(), reason, &request_id);
            }
            preflight
        }
        None => {
            let response = respond(&api, &request_id, peer, request).await;
            let mut response = response.unwrap_or_else(|error| {
                let response = error.response();
                api.log.refused(&method, &path, response.status(), error.reason(), &request_id);
                response
            });
            if let Some(cors) = &api.cors {
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

async fn respond(api: &Inner, request_id: &str, peer: SocketAddr, request: Request) -> Result<Response, GatewayError> {
    let (parts, body) = request.into_parts();
    let route = api.routes.find(parts.method.as_str(), parts.uri.path());
    let body = read_body(body).await?;
    let route = route.ok_or(GatewayError::NotFound)?;

    let received = ReceivedRequest { parts: &parts, body: &body, source_ip: peer.ip(), request_id };
    let event = received.event(&route, api.base64_bodies);
    let event = serde_json::to_vec(&event).map_err(|_| GatewayError::Internal)?;
    if event.len() > EVENT_LIMIT_BYTES {
        return Err(GatewayError::TooLarge);
    }
    // As on AWS, the invocation continues after this timeout.
    match tokio::time::timeout(INTEGRATION_TIMEOUT, api.lambda.invoke(route.function, event.into())).await {
        Ok(Ok(payload)) => build_response(&payload).ok_or(GatewayError::Internal),
        Err(_) | Ok(Err(InvokeError::Timeout { .. })) => Err(GatewayError::Timeout),
        Ok(Err(_)) => Err(GatewayError::Internal),
    }
}
