//! What all parts of a WebSocket API share.

use std::time::Duration;

use crate::{
    access_log::AccessLog, lambda::Lambda, options::Options, template, websocket_api::connections::Connections,
};

/// The running API.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) template: template::WebSocketApi,
    pub(crate) lambda: Lambda,
    pub(crate) log: AccessLog,
    pub(crate) idle_timeout: Duration,
    pub(crate) max_duration: Duration,
    pub(crate) connections: Connections,
}

impl Gateway {
    pub(crate) fn new(template: template::WebSocketApi, lambda: Lambda, options: &Options) -> Self {
        Self {
            template,
            lambda,
            log: AccessLog::new(options.logs.clone()),
            idle_timeout: options.websocket_idle_timeout,
            max_duration: options.websocket_max_duration,
            connections: Connections::default(),
        }
    }
}
