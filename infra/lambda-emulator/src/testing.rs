//! A function for unit tests: the test executable itself, started again to run the one "test" [`a_function`], which
//! then speaks the Lambda Runtime API as any function does. The event holds the command for it.

use std::path::PathBuf;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

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
            "stream" => {
                stream(&api, &id, &command).await;
                continue;
            }
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

/// Streams a response, by hand because a client would buffer it. It begins with the `prelude` and the text `first`, and
/// each of its parts is what the `gate` of the test answers: a 200 is a part, a 204 is the end, a 410 is an error, which
/// goes to the trailers, and any other status ends the process.
async fn stream(api: &str, id: &str, command: &Value) {
    let (address, environment) = api.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /{environment}/2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: {address}\r\n\
         Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\
         Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let first = command["first"].as_str().unwrap_or_default();
    let prelude = format!("{}\0\0\0\0\0\0\0\0{first}", command["prelude"]);
    socket.write_all(chunk(prelude.as_bytes()).as_slice()).await.unwrap();
    let end = loop {
        let part = reqwest::get(command["gate"].as_str().unwrap()).await.unwrap();
        match part.status().as_u16() {
            200 => socket.write_all(chunk(&part.bytes().await.unwrap()).as_slice()).await.unwrap(),
            204 => break "0\r\n\r\n".to_owned(),
            410 => {
                let error =
                    STANDARD.encode(json!({"errorType": "Store", "errorMessage": "the table is gone"}).to_string());
                break format!(
                    "0\r\nLambda-Runtime-Function-Error-Type: Store\r\nLambda-Runtime-Function-Error-Body: {error}\r\n\r\n"
                );
            }
            _ => std::process::exit(3),
        }
    };
    socket.write_all(end.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    println!("streamed {}", answer.split(' ').nth(1).unwrap_or_default());
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}
