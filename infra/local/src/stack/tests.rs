mod function;
mod streams;

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::types::AttributeValue;
use lambda_emulator::{LogSink, Schedules};
use serde_json::{Value, json};

use super::*;
use crate::dynamodb::{Storage, client};

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
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/orders
      Timeout: 1
      Environment: {Variables: {TABLE_NAME: !Ref Rows, CLERK_ISSUER: ""}}
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
            MaximumRetryAttempts: 1
            BisectBatchOnFunctionError: true
            FilterCriteria: {Filters: [{Pattern: '{"dynamodb":{"NewImage":{"pending":{"S":[{"exists":true}]}}}}'}]}
        Tick: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour), Input: '{"tick":true}'}}
"#;

struct Local {
    stack: Stack,
    logs: Arc<Mutex<Vec<String>>>,
    directory: tempfile::TempDir,
}

impl Local {
    fn options(directory: &Path, template: &str) -> Options {
        std::fs::write(directory.join("template.yaml"), template).unwrap();
        for name in ["orders", "follow", "audit"] {
            let script = directory.join(name);
            std::fs::write(&script, function::script()).unwrap();
            std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Options {
            template: directory.join("template.yaml"),
            binaries: directory.to_owned(),
            schedules: Schedules::Off,
            ..Options::default()
        }
    }

    async fn start(change: impl FnOnce(&mut Options)) -> Self {
        Self::start_with(TEMPLATE, change).await
    }

    async fn start_with(template: &str, change: impl FnOnce(&mut Options)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let logs = Arc::default();
        // An engine can outlive a test, so every test has its own table.
        let table = format!("Rows{}", uuid::Uuid::now_v7().simple());
        let mut options = Self::options(directory.path(), &template.replace("Rows", &table));
        if let Ok(endpoint) = std::env::var("USHER_DYNAMODB_ENDPOINT") {
            options.storage = Storage::External(endpoint);
        }
        options.logs = LogSink::Capture(Arc::clone(&logs));
        change(&mut options);
        Self { stack: Stack::start_async(options).await.unwrap(), logs, directory }
    }

    async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
        let request = reqwest::Client::new().post(format!("{}{path}", self.stack.api_url()));
        let answer = request
            .header("content-type", "application/json")
            .header("origin", "https://app.example")
            .body(body)
            .send()
            .await
            .unwrap();
        assert!(answer.headers().contains_key("apigw-requestid"));
        assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Sends a command to the function `orders` through the API.
    async fn command(&self, command: &'static str) -> (u16, String) {
        self.post("/orders/1", command).await
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

    async fn put(&self, attributes: &[(&str, &str)]) {
        let dynamodb = client(self.stack.dynamodb_url()).await;
        let item = attributes.iter().map(|(name, value)| ((*name).to_owned(), AttributeValue::S((*value).to_owned())));
        dynamodb.put_item().table_name(self.stack.table_name()).set_item(Some(item.collect())).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_function_gets_the_urls_of_all_services() {
    let local =
        Local::start(|options| drop(options.environment.insert("UNDECLARED".to_owned(), Some("x".to_owned())))).await;
    let (_, body) = local.command("environment").await;
    let environment: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(environment["TABLE_NAME"], local.stack.table_name());
    assert_eq!(environment["CLERK_ISSUER"], local.stack.clerk_url());
    let database = client(environment["AWS_ENDPOINT_URL_DYNAMODB"].as_str().unwrap()).await;
    database.describe_table().table_name(local.stack.table_name()).send().await.unwrap();
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "orders");
    for absent in ["UNDECLARED", "CLERK_WEBHOOK_SECRET", "HOME", "CARGO"] {
        assert_eq!(environment.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn a_function_gets_the_url_of_the_management_api() {
    let api = r#"
  Live:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: live
      RouteSelectionExpression: $request.body.action
      Routes: {$connect: {FunctionArn: !GetAtt Orders.Arn}, $default: {FunctionArn: !GetAtt Orders.Arn}}
"#;
    let variable = "LIVE_CALLBACK_URL: !Sub 'https://${Live}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live'";
    let template = TEMPLATE.replace("TABLE_NAME: !Ref Rows", &format!("TABLE_NAME: !Ref Rows, {variable}")) + api;
    let local = Local::start_with(&template, |_| {}).await;
    let (_, body) = local.command("environment").await;
    let environment: Value = serde_json::from_str(&body).unwrap();
    let callback = format!("{}/live", local.stack.api_url());
    assert_eq!(environment["LIVE_CALLBACK_URL"], callback);
    assert_eq!(local.stack.live_url(), Some(callback.replace("http:", "ws:").as_str()));
    let gone = reqwest::Client::new().post(format!("{callback}/@connections/id")).body("x").send().await.unwrap();
    assert_eq!(gone.status(), 410);
    assert!(local.stack.connections().is_empty());
}

#[tokio::test]
async fn a_function_reads_its_parameters() {
    let parameters = BTreeMap::from([("/secret".to_owned(), "old".to_owned())]);
    let local = Local::start(|options| options.parameters = parameters).await;
    let (_, body) = local.command("environment").await;
    let environment: Value = serde_json::from_str(&body).unwrap();
    let value = async || {
        let request = reqwest::Client::new().post(environment["AWS_ENDPOINT_URL_SSM"].as_str().unwrap());
        let request = request.header("x-amz-target", "AmazonSSM.GetParameter");
        let answer = request.json(&json!({"Name": "/secret", "WithDecryption": true})).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["Parameter"]["Value"].clone()
    };
    assert_eq!(value().await, "old");
    local.stack.parameters().put("/secret", "new");
    assert_eq!(value().await, "new");
    assert_eq!(local.stack.parameters().requests("/secret"), 2);
}

#[tokio::test]
async fn services_refuse_web_pages_and_foreign_hosts() {
    let local = Local::start(|options| options.allowed_hosts = vec!["tunnel.example".to_owned()]).await;
    let (_, body) = local.command("environment").await;
    let environment: Value = serde_json::from_str(&body).unwrap();
    let status = async |url: &str, header: (&str, &str)| {
        let answer = reqwest::Client::new().get(url).header(header.0, header.1).send().await.unwrap();
        assert_eq!(answer.headers().get("access-control-allow-origin"), None, "{url} {header:?}");
        answer.status().as_u16()
    };
    let runtime_api = environment["AWS_LAMBDA_RUNTIME_API"].as_str().unwrap();
    let runtime_api = runtime_api.split('/').find(|part| part.starts_with("127.")).unwrap();
    let mut services = vec![
        format!("{}/.well-known/jwks.json", local.stack.clerk_url()),
        environment["AWS_ENDPOINT_URL_SSM"].as_str().unwrap().to_owned(),
        format!("http://{runtime_api}"),
    ];
    if std::env::var_os("USHER_DYNAMODB_ENDPOINT").is_none() {
        services.push(local.stack.dynamodb_url().to_owned());
    }
    for url in &services {
        for page in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "same-origin")] {
            assert_eq!(status(url, page).await, 403, "{url} {page:?}");
        }
    }
    services.extend(["/nothing", "/openapi.json"].map(|path| format!("{}{path}", local.stack.api_url())));
    for url in &services {
        assert_eq!(status(url, ("host", "evil.example")).await, 403, "{url}");
        assert_ne!(status(url, ("host", "tunnel.example")).await, 403, "{url}");
    }
}

#[tokio::test]
async fn a_time_out_of_the_options_replaces_the_template() {
    let timeouts = BTreeMap::from([("orders".to_owned(), Duration::from_millis(300))]);
    let local = Local::start(|options| options.timeouts = timeouts).await;
    assert_eq!(local.command("hang").await.0, 504);
    local.logged("orders: task timed out after 300 ms").await;
}

#[test]
fn a_busy_port_is_named_with_its_flag() {
    let directory = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut options = Local::options(directory.path(), TEMPLATE);
    options.clerk_port = port;
    let error = Stack::start(options).unwrap_err();
    assert_eq!(error.to_string(), format!("port {port} is in use; --clerk-port takes another (0 takes a free one)"));
}

#[test]
fn a_dropped_stack_no_longer_listens() {
    let directory = tempfile::tempdir().unwrap();
    let stack = Stack::start(Local::options(directory.path(), TEMPLATE)).unwrap();
    let urls = [stack.api_url(), stack.clerk_url(), stack.dynamodb_url()]
        .map(|url| url.trim_start_matches("http://").to_owned());
    drop(stack);
    for address in urls {
        assert!(std::net::TcpStream::connect(&address).is_err(), "{address}");
    }
}
