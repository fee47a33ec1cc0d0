use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::routing::get;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::{log::LogSink, options::Schedules, testing};

const TEMPLATE: &str = r#"
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: {AllowOrigins: ["https://app.example"], AllowMethods: [GET, POST], ExposeHeaders: [etag]}
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/orders
      Timeout: 1
      Events:
        Route: {Type: HttpApi, Properties: {Method: POST, Path: "/orders/{id}"}}
  Follow:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/follow
      Events:
        Stream:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Rows.StreamArn
            StartingPosition: TRIM_HORIZON
            FilterCriteria: {Filters: [{Pattern: '{"dynamodb":{"NewImage":{"pending":{"S":[{"exists":true}]}}}}'}]}
        Tick: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour), Input: '{"tick":true}'}}
"#;

/// An emulator whose functions are [`testing`]'s.
struct Fixture {
    emulator: Emulator,
    url: String,
    logs: Arc<Mutex<Vec<String>>>,
    _directory: TempDir,
}

impl Fixture {
    async fn start(change: impl FnOnce(&mut Template, &mut Options)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        write_functions(directory.path());
        let logs = Arc::default();
        let mut template = Template::parse(TEMPLATE).unwrap();
        let mut options = Options {
            binaries: directory.path().to_owned(),
            logs: LogSink::Capture(Arc::clone(&logs)),
            ..Options::default()
        };
        change(&mut template, &mut options);
        let emulator = Emulator::start(template, options).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let beside = Router::new().route("/beside", get(|| async { "not a route of the template" }));
        emulator.serve_http_api(listener, beside);
        Self { emulator, url, logs, _directory: directory }
    }

    async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let request = reqwest::Client::new().post(format!("{}{path}", self.url));
        let request = request.header("content-type", "application/json").header("origin", "https://app.example");
        let response = request.body(body).send().await.unwrap();
        assert!(response.headers().contains_key("apigw-requestid"));
        assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example");
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Sends a command to the function `orders` through the HTTP API.
    async fn command(&self, command: Value) -> (u16, String) {
        self.post("/orders/1", command.to_string()).await
    }

    /// Waits for lines of the log with this text.
    async fn logged(&self, text: &str) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let found: Vec<String> =
                self.logs.lock().unwrap().iter().filter(|line| line.contains(text)).cloned().collect();
            if !found.is_empty() {
                return found;
            }
            assert!(Instant::now() < deadline, "no {text} in {:#?}", self.logs.lock().unwrap());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_route_beside_the_template_is_served_too() {
    let fixture = Fixture::start(|_, _| {}).await;
    let beside = reqwest::get(format!("{}/beside", fixture.url)).await.unwrap();
    assert_eq!(beside.text().await.unwrap(), "not a route of the template");
    assert_eq!(fixture.command(json!({})).await.0, 200);
    assert_eq!(fixture.post("/nothing", "").await.0, 404);
}

#[tokio::test]
async fn a_function_without_a_binary_is_named_with_its_line() {
    let directory = tempfile::tempdir().unwrap();
    write_functions(directory.path());
    std::fs::remove_file(directory.path().join("follow")).unwrap();
    let options = Options { binaries: directory.path().to_owned(), ..Options::default() };
    let error = Emulator::start(Template::parse(TEMPLATE).unwrap(), options).await.unwrap_err();
    let binary = directory.path().join("follow");
    let remedy = "CodeUri must end with the name of a package";
    let message = format!("template.yaml:23: Follow: there is no program {}; {remedy}", binary.display());
    assert_eq!(error.to_string(), message);
}

#[tokio::test]
async fn a_warm_up_starts_every_function_that_is_in_use() {
    let fixture = Fixture::start(|_, options| options.unscheduled = ["follow".to_owned()].into()).await;
    fixture.emulator.warm_up().await.unwrap();
    assert_eq!(fixture.emulator.processes("orders").len(), 1);
    assert!(fixture.emulator.processes("follow").is_empty());
    let process = fixture.emulator.processes("orders");
    assert_eq!(fixture.command(json!({})).await.0, 200);
    assert_eq!(fixture.emulator.processes("orders"), process);
}

#[tokio::test]
async fn a_warm_up_fails_if_a_function_does_not_start() {
    let fixture =
        Fixture::start(|_, options| drop(options.environment.insert("INIT_ERROR".to_owned(), "1".to_owned()))).await;
    let error = fixture.emulator.warm_up().await.unwrap_err().to_string();
    assert!(error.starts_with("orders: init failed: ") && error.contains("CLERK_ISSUER is not set"), "{error}");
}

#[tokio::test]
async fn a_request_that_reaches_no_function_leaves_a_line() {
    let fixture = Fixture::start(|_, _| {}).await;
    assert_eq!(fixture.post("/nothing/ada@example.com?token=secret", "private").await.0, 404);
    let lines = fixture.logged("no route").await;
    let line: Value = serde_json::from_str(lines[0].strip_prefix("api: ").unwrap()).unwrap();
    assert_eq!((&line["route"], &line["status"]), (&json!("POST /nothing/…"), &json!(404)));
    let request = reqwest::Client::new().request(reqwest::Method::OPTIONS, format!("{}/orders/1", fixture.url));
    let request = request.header("origin", "https://evil.example").header("access-control-request-method", "POST");
    request.send().await.unwrap();
    let lines = fixture.logged("CORS does not allow this origin or method").await;
    assert!(lines[0].contains("OPTIONS /orders/1"), "{lines:?}");
    let log = fixture.logs.lock().unwrap().join("\n");
    assert!(!log.contains("secret") && !log.contains("private") && !log.contains("example"), "{log}");
}

fn write_functions(directory: &Path) {
    for name in ["orders", "follow"] {
        let script = directory.join(name);
        let text = format!("#!/bin/sh\nexec '{}' {}\n", testing::executable().display(), testing::ARGUMENTS.join(" "));
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[tokio::test]
async fn a_route_invokes_its_function() {
    let fixture = Fixture::start(|_, _| {}).await;
    let (status, body) = fixture.post("/orders/a%20b?x=1", r#"{"n":1}"#).await;
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200);
    assert_eq!(answer["event"]["pathParameters"], json!({"id": "a b"}));
    assert_eq!(answer["event"]["body"], r#"{"n":1}"#);

    let response =
        json!({"statusCode": 201, "headers": {"etag": "\"1\"", "access-control-allow-origin": "*"}, "body": "made"});
    assert_eq!(fixture.command(json!({"do": "respond", "response": response})).await, (201, "made".to_owned()));
    assert_eq!(fixture.post("/nothing", "").await, (404, r#"{"message":"Not Found"}"#.to_owned()));
}

#[tokio::test]
async fn a_function_error_is_a_response_of_the_gateway() {
    let fixture = Fixture::start(|_, _| {}).await;
    let internal = (500, r#"{"message":"Internal Server Error"}"#.to_owned());
    for command in ["exit", "error", "large"] {
        assert_eq!(fixture.command(json!({"do": command})).await, internal, "{command}");
    }
    assert_eq!(fixture.command(json!({"do": "respond", "response": {"statusCode": "x"}})).await, internal);
    assert_eq!(
        fixture.command(json!({"do": "hang"})).await,
        (504, r#"{"message":"Endpoint request timed out"}"#.to_owned())
    );
    let too_large = (413, r#"{"message":"Request Entity Too Large"}"#.to_owned());
    assert_eq!(fixture.post("/orders/1", vec![b'x'; 10 * 1024 * 1024 + 1]).await, too_large);
    assert_eq!(fixture.command(json!({})).await.0, 200, "the next request has a fresh process");
}

#[tokio::test]
async fn an_unscheduled_function_is_not_invoked() {
    let fixture = Fixture::start(|_, options| {
        options.schedules = Schedules::Every(Duration::from_millis(10));
        options.unscheduled = ["follow".to_owned()].into();
    })
    .await;
    fixture.emulator.start_schedules();
    // Each response takes longer than a period, so several would have passed.
    for _ in 0..10 {
        fixture.command(json!({})).await;
    }
    assert!(!fixture.logs.lock().unwrap().iter().any(|line| line.contains("tick")));
}

#[tokio::test]
async fn the_id_of_a_busy_or_idle_process_is_known() {
    // Long enough for the kill on any machine.
    let fixture = Fixture::start(|template, _| template.functions[0].timeout = Duration::from_secs(25)).await;
    assert!(fixture.emulator.processes("orders").is_empty());
    let (_, body) = fixture.command(json!({})).await;
    let process = serde_json::from_str::<Value>(&body).unwrap()["pid"].as_u64().unwrap();
    let idle = fixture.emulator.processes("orders");
    assert_eq!(idle.iter().copied().map(u64::from).collect::<Vec<_>>(), [process]);
    let kill = async {
        fixture.logged("orders: hangs").await;
        assert_eq!(fixture.emulator.processes("orders"), idle);
        assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
    };
    let (answer, ()) = tokio::join!(fixture.command(json!({"do": "hang"})), kill);
    assert_eq!(answer.0, 500);
    fixture.logged("the process ended during an invocation: signal: 9").await;
    assert!(fixture.emulator.processes("orders").is_empty());
    assert!(fixture.emulator.processes("nobody").is_empty());
}

#[tokio::test]
async fn a_schedule_invokes_its_function() {
    let fixture = Fixture::start(|_, options| options.schedules = Schedules::Every(Duration::from_millis(50))).await;
    fixture.emulator.start_schedules();
    assert_eq!(fixture.logged("tick").await[0], r#"follow: event {"tick":true}"#);
}

#[tokio::test]
async fn a_function_can_be_invoked_by_name() {
    let fixture = Fixture::start(|_, _| {}).await;
    let answer: Value =
        serde_json::from_slice(&fixture.emulator.invoke("orders", r#"{"a":1}"#).await.unwrap()).unwrap();
    assert_eq!(answer["event"], json!({"a": 1}));
    let error = fixture.emulator.invoke("nobody", "{}").await.unwrap_err();
    assert_eq!(error, InvokeError::UnknownFunction("nobody".to_owned()));
}

#[tokio::test]
async fn an_unknown_filter_operator_fails_the_start() {
    let template = TEMPLATE.replace(r#"{"exists":true}"#, r#"{"suffix":"x"}"#);
    let error = Emulator::start(Template::parse(&template).unwrap(), Options::default()).await.unwrap_err();
    assert!(matches!(&error, StartError::Filter(filter) if filter.reason.contains("suffix")), "{error}");
}
