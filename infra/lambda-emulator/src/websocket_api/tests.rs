mod ends;
mod following;
mod handshakes;
mod management;
mod messages;

use std::{
    os::unix::fs::PermissionsExt as _,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, handshake::client::Response},
};

use crate::{Emulator, LogSink, Options, template::Template, testing};

const TEMPLATE: &str = r"
Resources:
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
  Connect:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: functions/connect, AutoPublishAlias: live, Timeout: 20}
  Talk:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: functions/talk, AutoPublishAlias: live, Timeout: 20}
  Live:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: live
      RouteSelectionExpression: $request.body.action
      Routes:
        $connect: {FunctionArn: !Ref Connect.Alias}
        $disconnect: {FunctionArn: !Ref Connect.Alias}
        $default: {FunctionArn: !Ref Talk.Alias, RouteResponseSelectionExpression: $default}
        quiet: {FunctionArn: !Ref Talk.Alias}
  Response:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Live, RouteId: !Ref LiveDefaultRoute, RouteResponseKey: $default}
";

/// An emulator with a WebSocket API whose functions are [`testing`]'s.
struct Fixture {
    emulator: Emulator,
    address: String,
    logs: Arc<Mutex<Vec<String>>>,
    _directory: TempDir,
}

/// The client's end of a socket.
struct Socket {
    stream: WebSocketStream<TcpStream>,
    response: Response,
}

impl Fixture {
    async fn start(change: impl FnOnce(&mut Options)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["connect", "talk"] {
            let script = directory.path().join(name);
            let arguments = testing::ARGUMENTS.join(" ");
            std::fs::write(&script, format!("#!/bin/sh\nexec '{}' {arguments}\n", testing::executable().display()))
                .unwrap();
            std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let logs = Arc::default();
        let mut options = Options {
            binaries: directory.path().to_owned(),
            logs: LogSink::Capture(Arc::clone(&logs)),
            ..Options::default()
        };
        change(&mut options);
        let emulator = Emulator::start(Template::parse(TEMPLATE).unwrap(), options).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        emulator.serve_http_api(listener, axum::Router::new());
        Self { emulator, address, logs, _directory: directory }
    }

    /// Sends a handshake with a command for `$connect`.
    async fn try_dial(&self, command: &Value, headers: &[(&'static str, &str)]) -> Result<Socket, Error> {
        let query: String = command.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut request = format!("ws://{}/live?command={query}", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(&self.address).await.unwrap();
        let (stream, response) = client_async(request, stream).await?;
        Ok(Socket { stream, response })
    }

    async fn dial(&self) -> Socket {
        self.try_dial(&json!({}), &[]).await.unwrap()
    }

    /// The URL of a connection at the management API.
    fn url(&self, connection_id: &str) -> String {
        format!("http://{}/live/@connections/{connection_id}", self.address)
    }

    /// Returns the status and the body of a response of the management API.
    async fn call(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
    }

    async fn post(&self, connection_id: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        self.call(reqwest::Client::new().post(self.url(connection_id)).body(body)).await
    }

    /// Waits for a line of the log with these texts, and returns what follows the first of them.
    async fn logged(&self, start: &str, text: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let lines = self.logs.lock().unwrap().clone();
            let mut found = lines.iter().filter(|line| line.contains(text)).filter_map(|line| line.split_once(start));
            if let Some((_, rest)) = found.next() {
                return rest.to_owned();
            }
            assert!(Instant::now() < deadline, "no {text} in {lines:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits for the event of a route.
    async fn event(&self, event_type: &str) -> Value {
        serde_json::from_str(&self.logged("event ", &format!(r#""eventType":"{event_type}""#)).await).unwrap()
    }
}

impl Socket {
    async fn send(&mut self, text: impl Into<String>) {
        self.stream.send(Message::text(text.into())).await.unwrap();
    }

    /// Returns the next text.
    async fn text(&mut self) -> String {
        match self.next().await {
            Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    /// Sends a text and returns the event of its route.
    async fn echo(&mut self, text: &str) -> Value {
        self.send(text).await;
        serde_json::from_str(&self.text().await).unwrap()
    }

    /// Returns the id that the gateway gave to this connection.
    async fn connection_id(&mut self) -> String {
        self.echo("{}").await["requestContext"]["connectionId"].as_str().unwrap().to_owned()
    }

    /// Returns the code and the reason of the close frame, which must come next.
    async fn closed(&mut self) -> (u16, String) {
        match self.next().await {
            Some(Ok(Message::Close(Some(frame)))) => (frame.code.into(), frame.reason.as_str().to_owned()),
            other => panic!("{other:?}"),
        }
    }

    async fn next(&mut self) -> Option<Result<Message, Error>> {
        tokio::time::timeout(Duration::from_secs(20), self.stream.next()).await.unwrap()
    }
}
