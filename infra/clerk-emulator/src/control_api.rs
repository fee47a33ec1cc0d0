//! The control routes: what a test in any language may do to a running instance. Each delegates to the instance.
//!
//! Clerk has no path that begins with `/control`. The routes need no secret key. In [`Clerk::guarded_router`] they are
//! called by a name of loopback only, so that a tunnel that keeps its own name in `Host` does not open them. A program
//! that reaches the port from another machine can write any name there. Injected faults and the rate limit do not apply
//! to the routes, and their requests are not counted. A wrong body is refused as Clerk's Backend API refuses one, with
//! an entry for each wrong field.

mod deliveries;
mod events;
mod faults;

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{Path, State},
    middleware::from_fn,
    routing::{any, get, post, put},
};
use serde_json::{Value, json};

use crate::{
    clerk::Clerk,
    http::{api_error::ApiError, error_entry::ErrorEntry, params::Params, refusals::log_refused},
    instance::WebhookDelivery,
    options::generate_webhook_secret,
    sessions::{self, session::SessionEnd},
    sign_in_tokens, users,
    webhooks::signer::Signer,
};

/// The maximum number of requests in a window of the rate limit.
const MAX_REQUESTS: i64 = 1_000_000;
/// The longest window of the rate limit: an hour.
const MAX_WINDOW_MS: i64 = 60 * 60 * 1000;
/// The maximum length of a `kid`, in bytes.
const MAX_KEY_ID_BYTES: usize = 100;

impl Clerk {
    /// Returns the control routes, all under `/control/`. Merge them with [`Clerk::router`] to serve both at one port.
    pub fn control_router(&self) -> Router {
        Router::new()
            .route("/control/state", get(read_state))
            .route("/control/requests", get(list_requests))
            .route("/control/webhooks", put(set_webhooks))
            .route("/control/webhooks/rotate_secret", post(rotate_webhook_secret))
            .route("/control/keys/rotate", post(rotate_key))
            .route("/control/rate_limit", put(set_rate_limit).delete(lift_rate_limit))
            .route("/control/sessions/{id}/end", post(end_session))
            .merge(deliveries::router())
            .merge(events::router())
            .merge(faults::router())
            // The Backend API without the secret key. Faults and the rate limit do not apply to it.
            .nest("/control", users::router().merge(sessions::router()).merge(sign_in_tokens::router()))
            .route("/control/{*rest}", any(async || ApiError::route_not_found()))
            .method_not_allowed_fallback(async || ApiError::method_not_allowed())
            .layer(from_fn(log_refused))
            .with_state(self.clone())
    }
}

async fn read_state(State(clerk): State<Clerk>) -> Json<Value> {
    Json(state(&clerk))
}

fn state(clerk: &Clerk) -> Value {
    let instance = clerk.instance();
    json!({
        "object": "state",
        "instance_id": clerk.instance_id(),
        "key_id": clerk.key_id(),
        "users": instance.users.len(),
        "sessions": instance.sessions.len(),
        "webhooks": {"delivery": instance.webhook_delivery, "held": instance.held.len()},
        "faults": clerk.interceptor().list_faults(),
        "rate_limit": clerk.interceptor().rate_limit(),
    })
}

async fn list_requests(State(clerk): State<Clerk>) -> Json<Value> {
    Json(json!({"object": "list", "data": clerk.interceptor().list_requests()}))
}

/// Answers when the first attempts of all held webhooks have ended, if they are sent.
async fn set_webhooks(State(clerk): State<Clerk>, mut params: Params) -> Result<Json<Value>, ApiError> {
    let choices = [("send", WebhookDelivery::Send), ("hold", WebhookDelivery::Hold), ("drop", WebhookDelivery::Drop)];
    params.require("delivery");
    let delivery = params.choice("delivery", &choices);
    params.finish()?;
    if let Some(delivery) = delivery {
        clerk.start_webhook_delivery(delivery).wait().await;
    }
    Ok(Json(state(&clerk)))
}

async fn rotate_webhook_secret(State(clerk): State<Clerk>, mut params: Params) -> Result<Json<Value>, ApiError> {
    let secret = params.text("secret").flatten().unwrap_or_else(generate_webhook_secret);
    if Signer::check(&secret).is_err() {
        params.refuse(ErrorEntry::wrong_format("secret", "whsec_ followed by base64"));
    }
    params.finish()?;
    clerk.rotate_webhook_secret(&secret).map_err(|_| ApiError::internal())?;
    Ok(Json(json!({"object": "webhook_secret", "secret": secret})))
}

async fn rotate_key(State(clerk): State<Clerk>, mut params: Params) -> Result<Json<Value>, ApiError> {
    let key_id = params.text("key_id").flatten().unwrap_or_else(|| clerk.key_id());
    if !(1..=MAX_KEY_ID_BYTES).contains(&key_id.len()) {
        params.refuse(ErrorEntry::wrong_format("key_id", &format!("1 to {MAX_KEY_ID_BYTES} bytes long")));
    }
    params.finish()?;
    // A key takes up to a second of processor time.
    let rotated = clerk.clone();
    let result = tokio::task::spawn_blocking(move || rotated.rotate_key_to(&key_id)).await;
    result.map_err(|_| ApiError::internal())?.map_err(|_| ApiError::internal())?;
    Ok(Json(json!({"object": "key", "key_id": clerk.key_id(), "jwks": clerk.jwks()})))
}

async fn set_rate_limit(State(clerk): State<Clerk>, mut params: Params) -> Result<Json<Value>, ApiError> {
    params.require("requests");
    params.require("per_ms");
    let requests = params.integer_within("requests", 0, MAX_REQUESTS).unwrap_or_default();
    let per_ms = params.integer_within("per_ms", 1, MAX_WINDOW_MS).unwrap_or_default();
    params.finish()?;
    clerk.limit_rate(requests.unsigned_abs() as usize, Duration::from_millis(per_ms.unsigned_abs()));
    Ok(Json(state(&clerk)))
}

async fn lift_rate_limit(State(clerk): State<Clerk>) -> Json<Value> {
    clerk.lift_rate_limit();
    Json(state(&clerk))
}

async fn end_session(
    State(clerk): State<Clerk>,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<Value>, ApiError> {
    let choices = [("ended", SessionEnd::Ended), ("removed", SessionEnd::Removed), ("revoked", SessionEnd::Revoked)];
    params.require("status");
    let end = params.choice("status", &choices).unwrap_or(SessionEnd::Ended);
    params.finish()?;
    let session = clerk.end_session(&id, end).await;
    session.map(Json).ok_or_else(|| ApiError::session_not_found(&id))
}
