//! A WebSocket of live updates, as a plain client opens it.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

use crate::usher::Usher;

/// The time within which a message must arrive. It is long, because all tests run at once.
const LIMIT: Duration = Duration::from_secs(60);

/// An open WebSocket.
pub struct LiveSocket {
    socket: WebSocketStream<TcpStream>,
}

/// The status that refuses a handshake.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused(pub StatusCode);

impl LiveSocket {
    /// Opens a socket with these subprotocols.
    pub async fn dial(url: &str, subprotocols: &str) -> Result<Self, Refused> {
        let mut request = url.into_client_request().unwrap();
        if !subprotocols.is_empty() {
            request.headers_mut().insert("sec-websocket-protocol", subprotocols.parse().unwrap());
        }
        let stream = TcpStream::connect(request.uri().authority().unwrap().as_str()).await.unwrap();
        match client_async(request, stream).await {
            Ok((socket, response)) => {
                assert_eq!(response.headers()["sec-websocket-protocol"], "usher.v1");
                Ok(Self { socket })
            }
            Err(tungstenite::Error::Http(response)) => Err(Refused(response.status())),
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends a text.
    pub async fn send(&mut self, text: impl Into<String>) {
        assert!(self.try_send(text).await, "the socket has ended");
    }

    /// Sends a text. Returns whether the socket is open.
    pub async fn try_send(&mut self, text: impl Into<String>) -> bool {
        self.socket.send(Message::text(text.into())).await.is_ok()
    }

    /// Sends a hello and returns the answer. Skips changes, which are sent at any time.
    pub async fn hello(&mut self, token: &str) -> Value {
        self.send(json!({"type": "hello", "token": token}).to_string()).await;
        loop {
            let answer = self.next().await.expect("an answer to the hello");
            if answer["type"] != "changed" {
                return answer;
            }
        }
    }

    /// Waits for the next message. Returns `None` if the socket has ended. Panics after 60 s.
    pub async fn next(&mut self) -> Option<Value> {
        timeout(LIMIT, self.next_without_limit()).await.expect("no message for 60 s")
    }

    /// Waits for the next message, however long it takes. Returns `None` if the socket has ended.
    pub async fn next_without_limit(&mut self) -> Option<Value> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Collects the changed keys until all of `expected` have been sent. Every message must be a change.
    pub async fn changed<const N: usize>(&mut self, expected: [&str; N]) {
        let mut missing = Vec::from(expected);
        while !missing.is_empty() {
            let message = self.next().await.unwrap_or_else(|| panic!("closed before {missing:?}"));
            assert_eq!(message["type"], "changed", "{message}");
            for key in message["keys"].as_array().unwrap() {
                missing.retain(|expected| key != expected);
            }
        }
    }

    /// Waits for the reason of the end, and for the end. The reason may be sent twice, because records of the stream
    /// are delivered at least once.
    pub async fn closed(&mut self) -> String {
        let mut reason = None;
        while let Some(message) = self.next().await {
            if message["type"] != "changed" {
                assert_eq!(message["type"], "closed", "{message}");
                reason = Some(message["reason"].as_str().unwrap().to_owned());
            }
        }
        reason.expect("a reason before the end")
    }
}

impl Usher {
    /// Opens a socket with this token.
    pub async fn dial(&self, token: &str) -> Result<LiveSocket, Refused> {
        LiveSocket::dial(self.live_url(), &format!("usher.v1, bearer.{token}")).await
    }

    /// Opens a socket for a user and says hello.
    pub async fn connect_live(&self, user_id: &str) -> LiveSocket {
        let token = self.session_token(user_id);
        let mut socket = self.dial(&token).await.unwrap();
        let ready = socket.hello(&token).await;
        assert_eq!(ready["type"], "ready", "{ready}");
        socket
    }
}
