//! A function for unit tests: the test executable itself, started again to run the one "test" [`a_function`], which
//! then speaks the Lambda Runtime API as any function does. The event holds the command for it.

use std::path::PathBuf;

use serde_json::{Value, json};

/// The arguments with which the test executable is a function.
pub(crate) const ARGUMENTS: [&str; 3] = ["--exact", "testing::a_function", "--nocapture"];

pub(crate) fn executable() -> PathBuf {
    std::env::current_exe().unwrap()
}

#[tokio::test]
async fn a_function() {
    // Without a Runtime API this runs as a test, and has nothing to check.
    let Ok(api) = std::env::var("AWS_LAMBDA_RUNTIME_API") else { return };
    let client = reqwest::Client::new();
    let path = |path: &str| format!("{api}/2018-06-01/runtime/{path}");
    if std::env::var("INIT_ERROR").is_ok() {
        let error = json!({"errorType": "Configuration", "errorMessage": "CLERK_ISSUER is not set"});
        client.post(path("init/error")).body(error.to_string()).send().await.unwrap();
        std::process::exit(1);
    }
    loop {
        let next = client.get(path("invocation/next")).send().await.unwrap();
        let header = |name: &str| next.headers()[name].to_str().unwrap().to_owned();
        let (id, deadline) = (header("lambda-runtime-aws-request-id"), header("lambda-runtime-deadline-ms"));
        let event: Value = serde_json::from_slice(&next.bytes().await.unwrap()).unwrap();
        // API Gateway sends the command in the body, a handshake in the query, a stream in the first record.
        let pointers = ["/body", "/queryStringParameters/command", "/Records/0/dynamodb/NewImage/command/S"];
        let text = pointers.iter().find_map(|pointer| event.pointer(pointer)?.as_str());
        let command: Value = text.map_or_else(|| event.clone(), |text| serde_json::from_str(text).unwrap_or_default());
        let (kind, body) = match command["do"].as_str().unwrap_or("echo") {
            "exit" => std::process::exit(3),
            "hang" => {
                println!("hangs");
                std::future::pending().await
            }
            "error" => ("error", json!({"errorType": "Store", "errorMessage": "the table is gone"}).to_string()),
            "large" => ("response", format!("\"{}\"", "x".repeat(7 * 1024 * 1024))),
            "respond" => ("response", command["response"].to_string()),
            "environment" => {
                ("response", json!(std::env::vars().collect::<std::collections::BTreeMap<_, _>>()).to_string())
            }
            "deadline" => ("response", deadline),
            // Posts to its own connection.
            "post" => {
                let id = event["requestContext"]["connectionId"].as_str().unwrap();
                let url = format!("{}/@connections/{id}", command["url"].as_str().unwrap());
                println!("posted {}", client.post(url).body("hello").send().await.unwrap().status().as_u16());
                ("response", json!({"statusCode": 200}).to_string())
            }
            _ if event["requestContext"]["eventType"].is_string() => {
                println!("event {event}");
                ("response", json!({"statusCode": 200, "body": event.to_string()}).to_string())
            }
            _ => {
                println!("event {event}");
                ("response", json!({"pid": std::process::id(), "event": event}).to_string())
            }
        };
        client.post(path(&format!("invocation/{id}/{kind}"))).body(body).send().await.unwrap();
        if command["then"] == "exit" {
            std::process::exit(0);
        }
    }
}
