//! The log line of a refused request.

use axum::{
    extract::Request,
    http::{Method, Uri},
    middleware::Next,
    response::Response,
};
use usher_loopback::log_refusal;

use crate::{SERVICE, http::api_error::Reason};

/// Performs a request. A refused request leaves a line in the log.
pub(crate) async fn log_refused(request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    log_if_refused(&method, &uri, &response);
    response
}

/// Writes a line to the log, if this response refuses the request.
pub(crate) fn log_if_refused(method: &Method, uri: &Uri, response: &Response) {
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        // Axum itself refuses a path or a query that it cannot decode.
        let reason = response.extensions().get().map_or("malformed", |Reason(reason)| reason);
        log_refusal(SERVICE, method, uri.path(), status, reason);
    }
}
