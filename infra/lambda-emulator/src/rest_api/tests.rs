use std::{
    os::unix::fs::PermissionsExt as _,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    http::{HeaderValue, Method, StatusCode},
    routing::get,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::{Mutex as AsyncMutex, mpsc},
    time::timeout,
};

use crate::{Emulator, LogSink, Options, template::Template, testing};

const TEMPLATE: &str = r#"
Resources:
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
  Streams:
    Type: AWS::Serverless::Api
    Properties:
      StageName: stream
      EndpointConfiguration: {Type: REGIONAL}
      Cors: {AllowOrigin: "'*'", AllowMethods: "'GET,OPTIONS'", AllowHeaders: "'authorization'", MaxAge: "'600'"}
      GatewayResponses:
        DEFAULT_4XX: {ResponseParameters: {Headers: {Access-Control-Allow-Origin: "'*'"}}}
        DEFAULT_5XX: {ResponseParameters: {Headers: {Access-Control-Allow-Origin: "'*'"}}}
  Talk:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/talk
      Timeout: 20
      Events:
        Route:
          Type: Api
          Properties:
            {RestApiId: !Ref Streams, Method: POST, Path: "/talks/{id}", ResponseTransferMode: RESPONSE_STREAM, TimeoutInMillis: 20000}
        Short:
          Type: Api
          Properties:
            {RestApiId: !Ref Streams, Method: POST, Path: /short, ResponseTransferMode: RESPONSE_STREAM, TimeoutInMillis: 50}
"#;

/// What the function's response is made of next.
enum Part {
    Text(&'static str),
    End,
    Error,
    Exit,
}

/// An emulator with a REST API, and the gate that gives its function the parts of a response.
struct Fixture {
    emulator: Emulator,
    url: String,
    gate: String,
    parts: mpsc::Sender<Part>,
    logs: Arc<Mutex<Vec<String>>>,
    _directory: TempDir,
}

impl Fixture {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let script = directory.path().join("talk");
        let arguments = testing::ARGUMENTS.join(" ");
        std::fs::write(&script, format!("#!/bin/sh\nexec '{}' {arguments}\n", testing::executable().display()))
            .unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let logs = Arc::default();
        let options = Options {
            binaries: directory.path().to_owned(),
            logs: LogSink::Capture(Arc::clone(&logs)),
            ..Options::default()
        };
        let emulator = Emulator::start(Template::parse(TEMPLATE).unwrap(), options).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/stream", listener.local_addr().unwrap());
        emulator.serve_http_api(listener, Router::new());

        let (parts, given) = mpsc::channel::<Part>(1);
        let given = Arc::new(AsyncMutex::new(given));
        let next = async move || match given.lock().await.recv().await {
            Some(Part::Text(text)) => (StatusCode::OK, text),
            Some(Part::End) => (StatusCode::NO_CONTENT, ""),
            Some(Part::Error) => (StatusCode::GONE, ""),
            Some(Part::Exit) | None => (StatusCode::IM_A_TEAPOT, ""),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gate = format!("http://{}/", listener.local_addr().unwrap());
        let router = Router::new().route("/", get(next));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { emulator, url, gate, parts, logs, _directory: directory }
    }

    /// Sends a request whose response the gate makes.
    async fn stream(&self, path: &str) -> reqwest::Response {
        let prelude = json!({"statusCode": 201, "headers": {"content-type": "text/plain", "access-control-allow-origin": "https://own.example"}});
        let command = json!({"do": "stream", "prelude": prelude, "gate": self.gate});
        self.send(path, &command).await
    }

    async fn send(&self, path: &str, command: &Value) -> reqwest::Response {
        reqwest::Client::new().post(format!("{}{path}", self.url)).body(command.to_string()).send().await.unwrap()
    }

    /// Waits for a line of the log with this text.
    async fn logged(&self, text: &str) -> String {
        let found = async {
            loop {
                let line = self.logs.lock().unwrap().iter().find(|line| line.contains(text)).cloned();
                if let Some(line) = line {
                    return line;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(20), found).await.unwrap_or_else(|_| panic!("no {text} in {:#?}", self.logs.lock()))
    }
}

async fn next_chunk(response: &mut reqwest::Response) -> Option<String> {
    let chunk = timeout(Duration::from_secs(20), response.chunk()).await.unwrap().unwrap();
    chunk.map(|chunk| String::from_utf8(chunk.to_vec()).unwrap())
}

#[tokio::test]
async fn the_first_byte_comes_before_the_last_is_made() {
    let fixture = Fixture::start().await;
    let mut response = fixture.stream("/talks/1").await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["content-type"], "text/plain");
    for text in ["first", "second"] {
        // The function waits for the next part until the test has read this one.
        fixture.parts.send(Part::Text(text)).await.unwrap();
        assert_eq!(next_chunk(&mut response).await.as_deref(), Some(text));
    }
    fixture.parts.send(Part::End).await.unwrap();
    assert_eq!(next_chunk(&mut response).await, None);
    fixture.logged("streamed 202").await;
}

#[tokio::test]
async fn an_error_in_the_middle_breaks_the_connection() {
    let fixture = Fixture::start().await;
    for (part, reason) in [(Part::Error, "talk: Store: the table is gone"), (Part::Exit, "the process ended")] {
        let mut response = fixture.stream("/talks/1").await;
        fixture.parts.send(Part::Text("first")).await.unwrap();
        assert_eq!(next_chunk(&mut response).await.as_deref(), Some("first"));
        fixture.parts.send(part).await.unwrap();
        response.chunk().await.unwrap_err();
        fixture.logged(reason).await;
        fixture.logged("the function failed in the middle of its response").await;
        fixture.logs.lock().unwrap().clear();
    }
}

#[tokio::test]
async fn an_error_before_the_first_byte_is_a_response() {
    let fixture = Fixture::start().await;
    for (command, status) in [
        (json!({"do": "error"}), 502),
        (json!({"do": "exit"}), 502),
        (json!({"do": "respond", "response": {"statusCode": 200}}), 502),
    ] {
        let response = fixture.send("/talks/1", &command).await;
        assert_eq!(response.status(), status, "{command}");
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        assert_eq!(response.text().await.unwrap(), r#"{"message":"Internal server error"}"#);
    }
    let since = Instant::now();
    let response = fixture.send("/short", &json!({"do": "hang"})).await;
    assert_eq!(response.status(), 504);
    // The time-out of the route, not the one of the function.
    assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
}

#[tokio::test]
async fn a_response_that_takes_too_long_breaks_off() {
    let fixture = Fixture::start().await;
    // So that the time does not pass before the prelude.
    fixture.emulator.warm_up().await.unwrap();
    let mut response = fixture.stream("/short").await;
    if response.status() == 201 {
        response.chunk().await.unwrap_err();
        fixture.logged("longer than the time-out of its route").await;
    } else {
        assert_eq!(response.status(), 504);
    }
}

#[tokio::test]
async fn text_that_comes_with_the_prelude_is_passed_on() {
    let fixture = Fixture::start().await;
    let command = json!({"do": "stream", "prelude": {"statusCode": 200}, "first": "first", "gate": fixture.gate});
    let mut response = fixture.send("/talks/1", &command).await;
    assert_eq!(next_chunk(&mut response).await.as_deref(), Some("first"));
    fixture.parts.send(Part::End).await.unwrap();
    assert_eq!(next_chunk(&mut response).await, None);
}

#[tokio::test]
async fn a_function_goes_on_when_the_client_has_left() {
    let fixture = Fixture::start().await;
    let mut response = fixture.stream("/talks/1").await;
    fixture.parts.send(Part::Text("first")).await.unwrap();
    next_chunk(&mut response).await;
    drop(response);
    for _ in 0..100 {
        fixture.parts.send(Part::Text("nobody reads this")).await.unwrap();
    }
    fixture.parts.send(Part::End).await.unwrap();
    fixture.logged("streamed 202").await;
}

#[tokio::test]
async fn an_invocation_without_a_gateway_gets_the_whole() {
    let fixture = Fixture::start().await;
    let command = json!({"do": "stream", "prelude": {"statusCode": 200}, "gate": fixture.gate});
    let story = async {
        fixture.parts.send(Part::Text("first")).await.unwrap();
        fixture.parts.send(Part::End).await.unwrap();
    };
    let (whole, ()) = tokio::join!(fixture.emulator.invoke("talk", command.to_string()), story);
    assert_eq!(whole.unwrap(), "{\"statusCode\":200}\0\0\0\0\0\0\0\0first");
}

#[tokio::test]
async fn the_gateway_answers_preflights() {
    let fixture = Fixture::start().await;
    let client = reqwest::Client::new();
    let preflight = client.request(Method::OPTIONS, format!("{}/talks/1", fixture.url)).send().await.unwrap();
    assert_eq!(preflight.status(), 200);
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET,OPTIONS"),
        ("access-control-allow-headers", "authorization"),
        ("access-control-max-age", "600"),
    ] {
        assert_eq!(preflight.headers()[name], value);
    }
    let unknown = client.request(Method::OPTIONS, format!("{}/nothing", fixture.url)).send().await.unwrap();
    assert_eq!(unknown.status(), 403);
}

#[tokio::test]
async fn cors_headers_are_those_of_the_function() {
    let fixture = Fixture::start().await;
    let response = fixture.stream("/talks/1").await;
    let allowed = response.headers().get_all("access-control-allow-origin").iter().collect::<Vec<_>>();
    assert_eq!(allowed, [&HeaderValue::from_static("https://own.example")]);
    fixture.parts.send(Part::End).await.unwrap();
}

#[tokio::test]
async fn a_path_outside_the_api_is_refused_as_by_aws() {
    let fixture = Fixture::start().await;
    for path in ["", "/", "/talks", "/nothing"] {
        let response = fixture.send(path, &json!({})).await;
        assert_eq!(response.status(), 403, "{path}");
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        assert_eq!(response.text().await.unwrap(), r#"{"message":"Missing Authentication Token"}"#);
    }
    let response = fixture.send("/talks/1", &json!("x".repeat(11 * 1024 * 1024))).await;
    assert_eq!(response.status(), 413);
}
