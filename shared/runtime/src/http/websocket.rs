//! Events of a WebSocket API: the handshake, the messages and the end of a connection.

use std::collections::BTreeMap;

use http::{HeaderValue, StatusCode, header};
use lambda_http::{Body, Request, aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest};
use serde_json::value::RawValue;
use usher_contract::{
    ProblemCode,
    limits::MAX_LIVE_MESSAGE_BYTES,
    live::{BEARER_PREFIX, CloseReason, Hello, SUBPROTOCOL, ServerMessage},
};
use usher_store::ConnectionId;

use crate::http::{
    body::parse_fields,
    extensions::{CallerSlot, Route},
    json::parse_object,
    problem::Problem,
    response::Response,
};

/// The connection that an event is of. An extension of the request.
#[derive(Debug, Clone)]
struct Connection(ConnectionId);

/// Parses an event into a request with the route, the connection, the headers and the body.
///
/// # Errors
/// 400: the event is not what API Gateway sends, or has a part that HTTP does not allow. No error quotes the event.
pub(crate) fn request(event: &str) -> Result<Request, Problem> {
    let event: ApiGatewayWebsocketProxyRequest =
        serde_json::from_str(event).map_err(|_| malformed("the event is not of a WebSocket API"))?;
    let connection = event.request_context.connection_id.unwrap_or_default();
    let connection = ConnectionId::parse(&connection)
        .map_err(|error| malformed(&format!("the connectionId of the event {error}")))?;
    if event.is_base64_encoded {
        return Err(malformed("the message is binary; send text"));
    }
    let mut request = Request::new(event.body.map_or(Body::Empty, Body::Text));
    *request.headers_mut() = event.headers;
    request.extensions_mut().insert(Connection(connection));
    request.extensions_mut().insert(Route(event.request_context.route_key.unwrap_or_default()));
    request.extensions_mut().insert(CallerSlot::default());
    Ok(request)
}

/// Returns the route of an event that [`request`] refuses, for the log. Returns an empty text if the event has none.
pub(crate) fn route_key(event: &str) -> String {
    // Not structs, because serde_json also accepts an array as one.
    let members = |json| serde_json::from_str::<BTreeMap<String, &RawValue>>(json).unwrap_or_default();
    let context = members(event).get("requestContext").map(|context| members(context.get())).unwrap_or_default();
    context.get("routeKey").and_then(|route| serde_json::from_str(route.get()).ok()).unwrap_or_default()
}

/// A request of a WebSocket API.
pub trait WebSocketRequest {
    /// Returns the connection.
    ///
    /// # Errors
    /// 500: the request is not of a WebSocket API.
    fn connection_id(&self) -> Result<&ConnectionId, Problem>;

    /// Returns the session token among the subprotocols of a handshake.
    ///
    /// # Errors
    /// 400: the client does not offer the subprotocol `usher.v1`. 401: no subprotocol is a token, or there are several.
    fn subprotocol_token(&self) -> Result<&str, Problem>;

    /// Parses the message as a [`Hello`].
    ///
    /// # Errors
    /// 413: the message is too large. 400: the message is not JSON. 422: it is not an object, or fields are missing,
    /// invalid or unknown. It lists them.
    fn hello(&self) -> Result<Hello, Problem>;
}

impl WebSocketRequest for Request {
    fn connection_id(&self) -> Result<&ConnectionId, Problem> {
        self.extensions().get().map(|Connection(id)| id).ok_or_else(Problem::internal)
    }

    fn subprotocol_token(&self) -> Result<&str, Problem> {
        let offered = self.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
        let offered: Vec<_> =
            offered.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim).collect();
        if !offered.contains(&SUBPROTOCOL) {
            return Err(malformed(&format!("offer the subprotocols {SUBPROTOCOL} and {BEARER_PREFIX}<session token>")));
        }
        let mut tokens = offered.iter().filter_map(|protocol| protocol.strip_prefix(BEARER_PREFIX));
        match (tokens.next(), tokens.next()) {
            (Some(token), None) => Ok(token),
            (None, _) => {
                Err(Problem::new(ProblemCode::NoToken, "offer a session token as the subprotocol bearer.<token>"))
            }
            _ => Err(Problem::invalid_token("there is more than one token among the subprotocols")),
        }
    }

    fn hello(&self) -> Result<Hello, Problem> {
        let message: &[u8] = self.body();
        if message.len() > MAX_LIVE_MESSAGE_BYTES {
            return Err(Problem::too_large("a message", MAX_LIVE_MESSAGE_BYTES));
        }
        parse_fields(parse_object(message)?)
    }
}

impl Response {
    /// Returns the response that accepts a handshake. It selects the subprotocol `usher.v1`, because a browser closes a
    /// socket whose server selects none of those it offers (RFC 6455 §4.1).
    pub fn accept_handshake() -> Self {
        Self::empty(StatusCode::OK).header(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL))
    }

    /// Returns a message to the client.
    pub fn message(message: &ServerMessage) -> Self {
        Self::ok(message)
    }

    /// Returns the message that the client must close the socket.
    pub fn closed(reason: CloseReason) -> Self {
        Self::message(&ServerMessage::Closed { reason })
    }
}

fn malformed(detail: &str) -> Problem {
    Problem::new(ProblemCode::Malformed, detail)
}
