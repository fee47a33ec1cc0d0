//! The log line of a request that a service refuses. It is the same for every service.

use axum::http::{Method, StatusCode};

/// The maximum length of a word that is written, in bytes: that of a UUID. Keys and tokens are longer.
const WORD_LIMIT_BYTES: usize = 36;

/// Logs that `service` refused a request. `reason` must not hold a value of the request. The query is left out, because
/// it may hold secrets.
pub fn log_refusal(service: &str, method: &Method, path: &str, status: StatusCode, reason: &str) {
    let route = shown_route(method, path);
    tracing::info!(service, route, status = status.as_u16(), reason, "request");
}

/// Returns the method and the path for the log. A segment of the path is written as [`shown_word`] says.
pub fn shown_route(method: &Method, path: &str) -> String {
    format!("{method} {}", path.split('/').map(shown_word).collect::<Vec<_>>().join("/"))
}

/// Returns a caller's word for the log: `…` if it may be an e-mail address, a key or a token.
pub fn shown_word(word: &str) -> &str {
    let is_plain = word.len() <= WORD_LIMIT_BYTES
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if is_plain { word } else { "…" }
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
            assert_eq!(shown_route(&Method::GET, path), format!("GET {shown}"));
        }
    }
}
