//! The log lines of requests that get their response from the gateway and not from a function.

use axum::http::{Method, StatusCode};
use serde_json::json;
use usher_loopback::shown_route;

use crate::log::LogSink;

/// The name of the gateway in the log.
pub(crate) const NAME: &str = "api";

/// The log of the gateway.
#[derive(Debug, Clone)]
pub(crate) struct AccessLog {
    logs: LogSink,
}

impl AccessLog {
    pub(crate) fn new(logs: LogSink) -> Self {
        Self { logs }
    }

    /// Writes the line of a request, as JSON like the lines of functions. It has the fields of
    /// [`usher_loopback::log_refusal`], and the query is left out as there.
    pub(crate) fn refused(&self, method: &Method, path: &str, status: StatusCode, reason: &str, request_id: &str) {
        let line = json!({
            "level": "INFO",
            "message": "request",
            "service": NAME,
            "route": shown_route(method, path),
            "status": status.as_u16(),
            "reason": reason,
            "request_id": request_id,
        });
        self.logs.write_line(NAME, &line.to_string());
    }
}
