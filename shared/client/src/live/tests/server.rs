//! A WebSocket server whose answers are those of the test.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{Request, Response},
    },
};
use usher_contract::{ProblemCode, live::ServerMessage};

use super::{READY, problem, time::until};

pub(super) struct Server {
    /// The URL of the API.
    pub(super) url: String,
    listener: TcpListener,
}

/// The server's end of a WebSocket.
pub(super) struct ServerSocket {
    /// The path of the handshake.
    pub(super) path: String,
    /// The subprotocols that the client offered.
    pub(super) subprotocols: String,
    socket: WebSocketStream<TcpStream>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { url: format!("http://{}", listener.local_addr().unwrap()), listener }
    }

    /// Waits for a connection.
    async fn connection(&self) -> TcpStream {
        let stream = until(self.listener.accept()).await.unwrap().0;
        // Otherwise a second message waits for real time, until the first one is acknowledged.
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Waits for a handshake, and accepts it.
    pub(super) async fn accept(&self) -> ServerSocket {
        let stream = self.connection().await;
        let (mut path, mut subprotocols) = (String::new(), String::new());
        #[allow(clippy::result_large_err, reason = "the type is tungstenite's")]
        let callback = |request: &Request, mut response: Response| {
            path = request.uri().path().to_owned();
            subprotocols = request.headers()["sec-websocket-protocol"].to_str().unwrap().to_owned();
            response.headers_mut().insert("sec-websocket-protocol", "usher.v1".parse().unwrap());
            Ok(response)
        };
        let socket = until(accept_hdr_async(stream, callback)).await.unwrap();
        ServerSocket { path, subprotocols, socket }
    }

    /// Waits for a handshake and a hello, and answers both.
    pub(super) async fn accept_ready(&self) -> ServerSocket {
        let mut socket = self.accept().await;
        socket.hello().await;
        socket.send(&READY).await;
        socket
    }

    /// Waits for a handshake, and answers it with these bytes. Returns the request.
    pub(super) async fn answer(&self, response: &str) -> String {
        let mut stream = self.connection().await;
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(until(stream.read_u8()).await.unwrap());
        }
        until(stream.write_all(response.as_bytes())).await.unwrap();
        String::from_utf8(request).unwrap()
    }

    /// Waits for a handshake, and refuses it with a status and no body, as API Gateway does.
    pub(super) async fn refuse(&self, status: u16) -> String {
        self.answer(&format!("HTTP/1.1 {status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")).await
    }

    /// Waits for a handshake, and refuses it with a problem.
    pub(super) async fn refuse_with(&self, code: ProblemCode) -> String {
        let body = serde_json::to_string(&problem(code)).unwrap();
        let head = format!(
            "HTTP/1.1 {} Refused\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: {}",
            code.status(),
            body.len()
        );
        self.answer(&format!("{head}\r\n\r\n{body}")).await
    }
}

impl ServerSocket {
    /// Waits for a hello. Returns its token.
    pub(super) async fn hello(&mut self) -> String {
        let message = until(self.socket.next()).await.expect("the client closed the socket").unwrap();
        let hello: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        assert_eq!(hello["type"], "hello");
        hello["token"].as_str().unwrap().to_owned()
    }

    /// Sends a message.
    pub(super) async fn send(&mut self, message: &ServerMessage) {
        self.send_text(&message.to_json()).await;
    }

    /// Sends a text.
    pub(super) async fn send_text(&mut self, text: &str) {
        until(self.socket.send(Message::text(text))).await.unwrap();
    }

    /// Waits until the client has closed the socket. A hello may be on its way.
    pub(super) async fn closed(mut self) {
        while let Some(Ok(message)) = until(self.socket.next()).await {
            assert!(message.is_close() || message.to_text().unwrap().contains("hello"), "{message}");
        }
    }
}
