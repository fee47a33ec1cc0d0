//! The event that a webhook carries.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use serde_json::{Value, json};

use crate::ids;

/// Returns the JSON of an event: `data` in the envelope that all events have.
pub(crate) fn event(kind: &str, data: Value, instance_id: &str, request: &HttpRequest) -> Vec<u8> {
    let event = json!({
        "data": data,
        "event_attributes": {"http_request": {"client_ip": "127.0.0.1", "user_agent": request.user_agent}},
        "instance_id": instance_id,
        "object": "event",
        "timestamp": ids::now_ms(),
        "type": kind,
    });
    event.to_string().into_bytes()
}

/// The part of a request that its event repeats.
#[derive(Default)]
pub(crate) struct HttpRequest {
    user_agent: String,
}

impl<S: Send + Sync> FromRequestParts<S> for HttpRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self { user_agent: user_agent.unwrap_or_default().to_owned() })
    }
}
