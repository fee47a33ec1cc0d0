//! API Gateway's WebSocket API: a function decides on each handshake, functions get the messages, and programs of this
//! machine send messages to the clients.
//!
//! `handshake` invokes `$connect` and upgrades the request, `session` serves one socket until its end, `message`
//! invokes the route of a message, and `management` is the management API at `@connections`. They share the [`gateway`],
//! which has the [`connections`] that are open.

pub(crate) mod connections;
mod end;
mod event;
mod gateway;
mod handshake;
mod invocation;
mod management;
mod message;
mod session;

use std::sync::Arc;

use axum::{Router, routing::any};
use usher_loopback::{Hosts, Pages, guarded};

use crate::{
    access_log,
    lambda::Lambda,
    options::Options,
    template,
    websocket_api::{connections::Connections, gateway::Gateway},
};

/// The WebSocket API of one template.
#[derive(Debug)]
pub(crate) struct WebSocketApi {
    gateway: Arc<Gateway>,
    hosts: Hosts,
}

impl WebSocketApi {
    pub(crate) fn new(template: template::WebSocketApi, lambda: Lambda, options: &Options) -> Self {
        Self { gateway: Arc::new(Gateway::new(template, lambda, options)), hosts: options.hosts.clone() }
    }

    /// The routes: handshakes at `/<stage>`, and the management API below it. The server must provide the peer's
    /// address (`ConnectInfo`). Web pages may open sockets, because `$connect` decides about them, but they may not
    /// call the management API, which AWS protects by signatures.
    pub(crate) fn router(&self) -> Router {
        let stage = &self.gateway.template.stage;
        let handshakes = Router::new()
            .route(&format!("/{stage}"), any(handshake::handle))
            .route(&format!("/{stage}/"), any(handshake::handle));
        // An SDK may escape the @.
        let management = ["@connections", "%40connections"].into_iter().fold(Router::new(), |router, name| {
            router.route(&format!("/{stage}/{name}/{{id}}"), management::methods())
        });
        let management = management.with_state(Arc::clone(&self.gateway));
        let management = guarded(access_log::NAME, management, &self.hosts, Pages::None);
        handshakes.with_state(Arc::clone(&self.gateway)).merge(management)
    }

    /// The connections that are open.
    pub(crate) fn connections(&self) -> &Connections {
        &self.gateway.connections
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
