//! What other local tools are told, `cargo lambda watch` and `sam local start-api`.

use std::path::Path;

use harness::{Logs, options};
use local::{Options, Stack};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::dev::{CargoDev, assert_does_what_it_says, taken, urls};

/// A port that was free a moment ago.
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// A stack whose functions are told what `watch.env` says, and of DynamoDB nothing else: the table of its own, beside it,
/// stays empty.
async fn other_tool(env_files: &Path, port: u16) -> Stack {
    let text = std::fs::read_to_string(env_files.join("watch.env")).unwrap();
    let variables = text.lines().map(|line| {
        let (name, value) = line.split_once("='").unwrap();
        (name.to_owned(), Some(value.strip_suffix('\'').unwrap().to_owned()))
    });
    let environment = variables.collect();
    Stack::start_async(Options { api_port: port, environment, ..options(&Logs::default()) }).await.unwrap()
}

#[tokio::test]
async fn another_tool_serves_the_api_on_the_services_of_cargo_dev() {
    let (directory, port) = (tempfile::tempdir().unwrap(), free_port().await.to_string());
    let files = directory.path().join("made");
    let arguments = ["--services", "--port", &port, "--clerk-port", "0", "--dynamodb-port", "0", "--env-files"];
    let mut dev = CargoDev::run(&[&arguments[..], &[files.to_str().unwrap()]].concat(), &[]);
    let ready = dev.line().await;
    let [clerk, dynamodb] = urls(&ready, &["clerk", "dynamodb"])[..] else { panic!("{ready}") };
    let mut printed = String::new();
    while !printed.contains("users/$BOB >") {
        printed += &format!("{}\n", dev.line().await);
    }
    let (lines, tour) = printed.split_once("# A user signs up").unwrap();
    let line = |start: &str| lines.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{lines}"));
    let watch = line("cargo lambda watch ");
    assert!(watch.contains(&format!("--invoke-port {port} --env-file {}/watch.env", files.display())), "{watch}");
    let sam = line("sam build ");
    assert!(sam.contains(&format!("--port {port} --env-vars {}/sam-env.json", files.display())), "{sam}");

    // A container finds this machine under another name, except in tokens, where the name is all there is to it.
    let sam: Value = serde_json::from_slice(&std::fs::read(files.join("sam-env.json")).unwrap()).unwrap();
    let there = |url: &str| url.replace("127.0.0.1", "host.docker.internal");
    assert_eq!(sam["Parameters"]["DYNAMODB_ENDPOINT_URL"], there(dynamodb));
    assert_eq!(sam["Parameters"]["CLERK_API_URL"], there(clerk));
    assert_eq!(sam["Parameters"]["CLERK_ISSUER"], clerk);
    let pem = sam["Parameters"]["CLERK_JWT_KEY"].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{pem}");

    let tool = other_tool(&files, port.parse().unwrap()).await;
    if let Some(output) = taken(&format!("#{tour}")).await {
        assert_does_what_it_says(&output);
        let client = local::dynamodb::client(dynamodb).await;
        let rows = client.scan().table_name(tool.table_name()).send().await.unwrap();
        assert!(rows.count() > 0, "the table of the services is the one in use");
    }
    tool.shut_down();
    dev.interrupt().await;
    let left = std::fs::read_dir(&files).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["lock"], "the files outlive what they speak of");
}
