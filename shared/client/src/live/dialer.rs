//! Opens WebSockets.

use std::time::Duration;

use reqwest::{
    StatusCode, Upgraded, Url,
    header::{
        CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
        SEC_WEBSOCKET_VERSION, UPGRADE,
    },
};
use tokio::time::timeout;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::{client::generate_key, derive_accept_key},
        protocol::{Role, WebSocketConfig},
    },
};
use usher_contract::live::{BEARER_PREFIX, SUBPROTOCOL};

use super::error::LiveError;
use crate::{
    client::{Client, http_builder},
    error::Error,
    reply::{Received, Reply},
    token::Token,
    token_source::TokenSource,
};

/// The time limit of a handshake, of a hello until its answer, and of the token source.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The maximum size of a message from the API, in bytes. A change has at most 1 KB, and a problem a few.
const MAX_MESSAGE_BYTES: usize = 128 * 1024;

/// Opens WebSockets with tokens of a source.
pub(super) struct Dialer {
    http: reqwest::Client,
    url: Url,
    tokens: TokenSource,
}

/// Returns a client for handshakes at a URL. A handshake needs HTTP/1.1, but an app may build reqwest with HTTP/2.
pub(crate) fn http_client(url: &Url) -> Result<reqwest::Client, Error> {
    http_builder(url).http1_only().build().map_err(Error::transport)
}

impl Dialer {
    pub(super) fn new(client: &Client) -> Self {
        Self { http: client.live_http.clone(), url: client.live_url.clone(), tokens: client.tokens.clone() }
    }

    /// Opens a WebSocket. If the API refuses the token, tries a fresh one, once.
    pub(super) async fn dial(&self) -> Result<WebSocketStream<Upgraded>, LiveError> {
        let token = self.token().await?;
        match within_limit(self.open(&token)).await {
            Err(LiveError::Call(refusal)) if refusal.is_refused_token() => {
                let fresh = self.token_after(&token, refusal).await?;
                within_limit(self.open(&fresh)).await
            }
            result => result,
        }
    }

    /// Asks the source for a token.
    pub(super) async fn token(&self) -> Result<Token, LiveError> {
        within_limit(async { self.tokens.get(false).await?.ok_or(LiveError::NoToken) }).await
    }

    /// Asks the source for a fresh token after a refused one. Returns the refusal if it is the same token, because that
    /// would be refused again.
    pub(super) async fn token_after(&self, refused: &Token, refusal: Error) -> Result<Token, LiveError> {
        let fresh = within_limit(async { self.tokens.get(true).await?.ok_or(LiveError::NoToken) }).await?;
        if fresh == *refused { Err(refusal.into()) } else { Ok(fresh) }
    }

    async fn open(&self, token: &Token) -> Result<WebSocketStream<Upgraded>, LiveError> {
        let key = generate_key();
        let handshake = self.http.get(self.url.clone()).headers(HeaderMap::from_iter([
            (CONNECTION, HeaderValue::from_static("Upgrade")),
            (UPGRADE, HeaderValue::from_static("websocket")),
            (SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
            (SEC_WEBSOCKET_PROTOCOL, subprotocols(token)?),
        ]));
        let response = handshake.header(SEC_WEBSOCKET_KEY, &key).send().await.map_err(Error::transport)?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            <Reply as Received>::read(response, Some(token)).await?;
            return Err(LiveError::Handshake("does not switch to a WebSocket"));
        }
        if response
            .headers()
            .get(SEC_WEBSOCKET_ACCEPT)
            .is_none_or(|accept| *accept != derive_accept_key(key.as_bytes()))
        {
            return Err(LiveError::Handshake("does not have the expected Sec-WebSocket-Accept"));
        }
        if response.headers().get(SEC_WEBSOCKET_PROTOCOL).is_none_or(|protocol| protocol != SUBPROTOCOL) {
            return Err(LiveError::Handshake("does not select the subprotocol usher.v1"));
        }
        let stream = response.upgrade().await.map_err(Error::transport)?;
        // An idle connection should not take much memory.
        let config = WebSocketConfig::default()
            .read_buffer_size(4 * 1024)
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES));
        Ok(WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await)
    }
}

/// Returns the subprotocols that the client offers. `Debug` does not show them.
fn subprotocols(token: &Token) -> Result<HeaderValue, Error> {
    let token = token.as_str();
    // Other characters could make another header of it.
    let is_jwt = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let header = is_jwt.then(|| HeaderValue::from_str(&format!("{SUBPROTOCOL}, {BEARER_PREFIX}{token}")));
    match header {
        Some(Ok(mut header)) => {
            header.set_sensitive(true);
            Ok(header)
        }
        _ => Err(Error::Token("the token has characters that a subprotocol cannot have".into())),
    }
}

/// Limits the time of a call.
pub(super) async fn within_limit<T>(call: impl Future<Output = Result<T, LiveError>>) -> Result<T, LiveError> {
    timeout(TIME_LIMIT, call).await.unwrap_or(Err(LiveError::TimedOut(TIME_LIMIT)))
}
