//! The log lines of requests that get their response from the gateway and not from a function.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::log::LogSink;

/// The name under which the gateway writes log lines.
const NAME: &str = "api";
/// The maximum length of a segment that is written, in bytes: that of a UUID. Keys and tokens are longer.
const SEGMENT_LIMIT_BYTES: usize = 36;

/// The log of the gateway.
#[derive(Debug)]
pub(crate) struct AccessLog {
    logs: LogSink,
}

impl AccessLog {
    pub(crate) fn new(logs: LogSink) -> Self {
        Self { logs }
    }

    /// Writes the line of a request, as JSON like the lines of functions. The query is left out, because it may hold
    /// secrets.
    pub(crate) fn refused(&self, method: &Method, path: &str, status: StatusCode, reason: &str, request_id: &str) {
        let line = json!({
            "level": "INFO",
            "message": "request",
            "route": format!("{method} {}", shown_path(path)),
            "status": status.as_u16(),
            "reason": reason,
            "request_id": request_id,
        });
        self.logs.write_line(NAME, &line.to_string());
    }
}

/// Returns a path for the log. A segment that may be an e-mail address, a key or a token is written as `…`.
fn shown_path(path: &str) -> String {
    let is_plain = |segment: &str| {
        segment.len() <= SEGMENT_LIMIT_BYTES
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let segments = path.split('/').map(|segment| if is_plain(segment) { segment } else { "…" });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_the_log_has_no_address_and_no_key() {
        let key = "k".repeat(40);
        for (path, shown) in [
            ("/nothing", "/nothing"),
            ("/users/user_2g7np7Hrk0SN6kj5EDMLDaKNL0S/", "/users/user_2g7np7Hrk0SN6kj5EDMLDaKNL0S/"),
            ("/threads/0190a0b0-0000-7000-8000-000000000000", "/threads/0190a0b0-0000-7000-8000-000000000000"),
            ("/users/ada@example.com/x", "/users/…/x"),
            ("/users/ada%40example.com", "/users/…"),
            (&format!("/keys/{key}"), "/keys/…"),
        ] {
            assert_eq!(shown_path(path), shown);
        }
    }
}
