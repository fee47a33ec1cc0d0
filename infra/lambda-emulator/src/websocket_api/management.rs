//! The management API: `POST`, `GET` and `DELETE /<stage>/@connections/<id>`. It checks no signature.

use std::sync::Arc;

use aws_smithy_types::{DateTime, date_time::Format};
use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, post},
};
use serde_json::json;

use crate::websocket_api::{connections::SendError, gateway::Gateway, handshake::MESSAGE_LIMIT_BYTES};

/// A message over the limit is read up to this size, so that the caller sees the response.
const READ_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// The errors of the management API (API Gateway Management API, "PostToConnection").
#[derive(Debug, Clone, Copy)]
enum ManagementError {
    Gone,
    LimitExceeded,
    PayloadTooLarge,
    BadRequest,
}

pub(crate) fn methods() -> MethodRouter<Arc<Gateway>> {
    post(send).get(describe).delete(close).layer(DefaultBodyLimit::max(READ_LIMIT_BYTES))
}

async fn send(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>, body: Bytes) -> Response {
    if body.len() > MESSAGE_LIMIT_BYTES {
        return ManagementError::PayloadTooLarge.response();
    }
    let Ok(text) = String::from_utf8(body.into()) else { return ManagementError::BadRequest.response() };
    match gateway.connections.send(&id, text) {
        Ok(()) => StatusCode::OK.into_response(),
        Err(SendError::Gone) => ManagementError::Gone.response(),
        Err(SendError::QueueFull) => ManagementError::LimitExceeded.response(),
    }
}

async fn describe(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>) -> Response {
    let Some((client, last_active)) = gateway.connections.describe(&id) else {
        return ManagementError::Gone.response();
    };
    let time = |time| DateTime::from(time).fmt(Format::DateTime).unwrap_or_default();
    let body = json!({
        "connectedAt": time(client.connected_at),
        "identity": {"sourceIp": client.source_ip.to_string(), "userAgent": client.user_agent.clone().unwrap_or_default()},
        "lastActiveAt": time(last_active),
    });
    Json(body).into_response()
}

async fn close(State(gateway): State<Arc<Gateway>>, Path(id): Path<String>) -> Response {
    if gateway.connections.close(&id) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        ManagementError::Gone.response()
    }
}

impl ManagementError {
    fn response(self) -> Response {
        let (status, kind, message) = match self {
            Self::Gone => (StatusCode::GONE, "GoneException", "Gone"),
            Self::LimitExceeded => (StatusCode::TOO_MANY_REQUESTS, "LimitExceededException", "Too many messages wait"),
            Self::PayloadTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException", "Message too long"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, "BadRequestException", "The message is not UTF-8"),
        };
        let mut response = (status, Json(json!({"message": message}))).into_response();
        response.headers_mut().insert(HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(kind));
        response
    }
}
