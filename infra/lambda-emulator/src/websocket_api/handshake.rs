//! The handshake: `$connect` is invoked before the upgrade, and decides about it.

use std::{net::SocketAddr, sync::Arc, time::SystemTime};

use axum::{
    Json,
    extract::{ConnectInfo, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde_json::json;

use crate::websocket_api::{
    connections::{Client, new_id},
    end::End,
    event,
    gateway::Gateway,
    invocation::invoke,
    session,
};

/// The maximum size of a message in bytes (API Gateway, "Quotas for WebSocket APIs").
pub(crate) const MESSAGE_LIMIT_BYTES: usize = 128 * 1024;
/// The maximum size of a frame in bytes (the same).
const FRAME_LIMIT_BYTES: usize = 32 * 1024;

/// Responds to a handshake. Like API Gateway, it upgrades the request only if the function returns a 2xx status.
pub(crate) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let request_id = new_id();
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
    let client = Arc::new(Client {
        connection_id: new_id(),
        connected_at: SystemTime::now(),
        source_ip: peer.ip(),
        user_agent: text(header::USER_AGENT),
        domain_name: text(header::HOST).unwrap_or_default(),
    });
    let refuse = |status: StatusCode, message: &str, reason: &str| {
        gateway.log.refused(&method, uri.path(), status, reason, &request_id);
        let body = json!({"message": message, "connectionId": client.connection_id, "requestId": request_id});
        (status, Json(body)).into_response()
    };
    let Ok(mut upgrade) = upgrade else {
        let status = StatusCode::UPGRADE_REQUIRED;
        let mut response = refuse(status, "Upgrade Required", "not a WebSocket handshake");
        response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return response;
    };
    let Some(route) = gateway.template.route("$connect") else {
        return refuse(StatusCode::FORBIDDEN, "Forbidden", "no route");
    };
    let query = uri.query().unwrap_or_default();
    let event = event::connect(&client, &gateway.template.stage, &headers, query, &request_id);
    let response = match invoke(&gateway.lambda, route, &event).await {
        Ok(response) => response,
        Err(error) => return refuse(error.status(), error.message(), error.reason()),
    };
    if !response.status.is_success() {
        let message = response.status.canonical_reason().unwrap_or_default();
        return refuse(response.status, message, "$connect refused the connection");
    }
    if let Some(protocol) = response.protocol.and_then(|protocol| HeaderValue::try_from(protocol).ok()) {
        upgrade.set_selected_protocol(protocol);
    }
    let (lost_gateway, lost_client) = (Arc::clone(&gateway), Arc::clone(&client));
    upgrade
        .max_message_size(MESSAGE_LIMIT_BYTES)
        .max_frame_size(FRAME_LIMIT_BYTES)
        .on_failed_upgrade(move |_| {
            tokio::spawn(async move { session::disconnect(&lost_gateway, &lost_client, &End::Lost).await });
        })
        .on_upgrade(move |socket| session::run(gateway, client, socket))
}
