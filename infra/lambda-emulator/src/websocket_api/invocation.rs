//! The invocation of a route's function, and its response.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::{
    lambda::{Lambda, invoke_error::InvokeError},
    template::WebSocketRoute,
};

/// The response of a function.
#[derive(Debug)]
pub(crate) struct FunctionResponse {
    pub(crate) status: StatusCode,
    /// The subprotocol that the function chose.
    pub(crate) protocol: Option<String>,
    /// Blank if the function has returned none.
    pub(crate) body: String,
}

/// The reason why a function has no response.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InvocationError {
    /// It failed, or its response is not one that API Gateway accepts.
    Failed,
    /// It took longer than its time-out or the route's.
    Timeout,
}

impl InvocationError {
    /// The text that the client gets from API Gateway.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Failed => "Internal server error",
            Self::Timeout => "Endpoint request timed out",
        }
    }

    /// The status of a handshake.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Failed => StatusCode::BAD_GATEWAY,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The reason for the log.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Failed => "the function failed",
            Self::Timeout => "the function timed out",
        }
    }
}

/// Invokes the function of a route. As on AWS, the invocation continues after the route's time-out.
pub(crate) async fn invoke(
    lambda: &Lambda,
    route: &WebSocketRoute,
    event: &Value,
) -> Result<FunctionResponse, InvocationError> {
    let invocation = lambda.invoke(&route.function, event.to_string().into());
    match tokio::time::timeout(route.timeout, invocation).await {
        Ok(Ok(payload)) => parse(&payload).ok_or(InvocationError::Failed),
        Err(_) | Ok(Err(InvokeError::Timeout { .. })) => Err(InvocationError::Timeout),
        Ok(Err(_)) => Err(InvocationError::Failed),
    }
}

/// Parses a response. Returns `None` if API Gateway would report it as malformed. Unlike an HTTP API, a WebSocket API
/// takes no document without a `statusCode`.
fn parse(payload: &[u8]) -> Option<FunctionResponse> {
    let response: Map<String, Value> = serde_json::from_slice(payload).ok()?;
    let status = u16::try_from(response.get("statusCode")?.as_u64()?).ok()?;
    let body = match response.get("body") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => return None,
    };
    Some(FunctionResponse {
        status: StatusCode::from_u16(status).ok()?,
        protocol: header(&response, "headers").or_else(|| header(&response, "multiValueHeaders")),
        body,
    })
}

/// Returns the chosen subprotocol, from the header or from the first of its values.
fn header(response: &Map<String, Value>, member: &str) -> Option<String> {
    let headers = response.get(member)?.as_object()?;
    let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-protocol"))?;
    value.as_str().or_else(|| value.get(0)?.as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subprotocol_is_read_in_both_forms() {
        let protocol = |payload: &str| parse(payload.as_bytes()).and_then(|response| response.protocol);
        let own = Some("usher.v1".to_owned());
        assert_eq!(protocol(r#"{"statusCode":200,"headers":{"sec-websocket-protocol":"usher.v1"}}"#), own);
        assert_eq!(protocol(r#"{"statusCode":200,"multiValueHeaders":{"Sec-WebSocket-Protocol":["usher.v1"]}}"#), own);
        assert_eq!(protocol(r#"{"statusCode":200,"headers":null}"#), None);
    }

    #[test]
    fn a_response_without_a_status_is_malformed() {
        for payload in ["null", "{}", "[]", r#"{"statusCode":"200"}"#, r#"{"statusCode":200,"body":{}}"#] {
            assert!(parse(payload.as_bytes()).is_none(), "{payload}");
        }
        assert_eq!(parse(br#"{"statusCode":200,"body":null}"#).unwrap().body, "");
    }
}
