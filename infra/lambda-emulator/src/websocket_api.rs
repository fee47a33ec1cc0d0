//! API Gateway's WebSocket API: a function decides on each handshake, functions get the messages, and programs of this
//! machine send messages to the clients.
//!
//! `handshake` invokes `$connect` and upgrades the request, `session` serves one socket until its end, `message`
//! invokes the route of a message, and `management` is the management API at `@connections`. They share the
//! [`connections`] that are open.

mod connections;
mod end;
mod event;
mod handshake;
mod invocation;
mod management;
mod message;
mod session;

use std::{sync::Arc, time::Duration};

use axum::{Router, routing::any};
use usher_loopback::{Hosts, Pages, guarded};

use crate::{
    access_log::{self, AccessLog},
    lambda::Lambda,
    options::Options,
    template,
    websocket_api::connections::Connections,
};

/// The WebSocket API of one template. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct WebSocketApi {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    template: template::WebSocketApi,
    lambda: Lambda,
    log: AccessLog,
    hosts: Hosts,
    idle_timeout: Duration,
    max_duration: Duration,
    connections: Connections,
}

impl WebSocketApi {
    pub(crate) fn new(template: template::WebSocketApi, lambda: Lambda, options: &Options) -> Self {
        Self {
            inner: Arc::new(Inner {
                template,
                lambda,
                log: AccessLog::new(options.logs.clone()),
                hosts: options.hosts.clone(),
                idle_timeout: options.websocket_idle_timeout,
                max_duration: options.websocket_max_duration,
                connections: Connections::default(),
            }),
        }
    }

    /// The routes: handshakes at `/<stage>`, and the management API below it. The server must provide the peer's
    /// address (`ConnectInfo`). Web pages may open sockets, because `$connect` decides about them, but they may not
    /// call the management API, which AWS protects by signatures.
    pub(crate) fn router(&self) -> Router {
        let stage = &self.inner.template.stage;
        let handshakes = Router::new()
            .route(&format!("/{stage}"), any(handshake::handle))
            .route(&format!("/{stage}/"), any(handshake::handle));
        // An SDK may escape the @.
        let management = ["@connections", "%40connections"].into_iter().fold(Router::new(), |router, name| {
            router.route(&format!("/{stage}/{name}/{{id}}"), management::methods())
        });
        let management = management.with_state(Arc::clone(&self.inner));
        let management = guarded(access_log::NAME, management, &self.inner.hosts, Pages::None);
        handshakes.with_state(Arc::clone(&self.inner)).merge(management)
    }

    /// The connections that are open.
    pub(crate) fn connections(&self) -> &Connections {
        &self.inner.connections
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
