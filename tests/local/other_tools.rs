//! The environment files for other local tools, `cargo lambda watch` and `sam local start-api`.

use std::path::Path;

use harness::{Logs, options};
use local::{Options, Stack};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::dev::{CargoDev, assert_tour_output, parse_ready_line, run_tour};

/// Finds a free port.
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// Starts a stack in the place of another tool, with the variables of `watch.env`. Its functions use the table of
/// `cargo dev`, so its own table stays empty.
async fn start_other_tool(env_files: &Path, port: u16) -> Stack {
    let text = std::fs::read_to_string(env_files.join("watch.env")).unwrap();
    let variables = text.lines().map(|line| {
        let (name, value) = line.split_once("='").unwrap();
        (name.to_owned(), Some(value.strip_suffix('\'').unwrap().to_owned()))
    });
    let environment = variables.collect();
    Stack::start_async(Options { api_port: port, environment, ..options(&Logs::default()) }).await.unwrap()
}

#[tokio::test]
async fn another_tool_can_serve_the_api_beside_cargo_dev() {
    let (directory, port) = (tempfile::tempdir().unwrap(), free_port().await.to_string());
    let files = directory.path().join("made");
    let arguments = ["--services", "--port", &port, "--clerk-port", "0", "--dynamodb-port", "0", "--env-files"];
    let mut dev = CargoDev::start(&[&arguments[..], &[files.to_str().unwrap()]].concat(), &[]);
    let ready = dev.read_line().await;
    let [clerk, dynamodb] = parse_ready_line(&ready, &["clerk", "dynamodb"])[..] else { panic!("{ready}") };
    let printed = dev.read_until("users/$BOB >").await;
    let (lines, tour) = printed.split_once("# A user signs up").unwrap();
    let line = |start: &str| lines.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{lines}"));
    let watch = line("cargo lambda watch ");
    assert!(watch.contains(&format!("--invoke-port {port} --env-file {}/watch.env", files.display())), "{watch}");
    let sam = line("sam build ");
    assert!(sam.contains(&format!("--port {port} --env-vars {}/sam-env.json", files.display())), "{sam}");

    // A container reaches this machine under another name. The issuer keeps its name, because tokens contain it.
    let sam: Value = serde_json::from_slice(&std::fs::read(files.join("sam-env.json")).unwrap()).unwrap();
    let in_container = |url: &str| url.replace("127.0.0.1", "host.docker.internal");
    assert_eq!(sam["Parameters"]["DYNAMODB_ENDPOINT_URL"], in_container(dynamodb));
    assert_eq!(sam["Parameters"]["CLERK_API_URL"], in_container(clerk));
    assert_eq!(sam["Parameters"]["CLERK_ISSUER"], clerk);
    let pem = sam["Parameters"]["CLERK_JWT_KEY"].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{pem}");

    let tool = start_other_tool(&files, port.parse().unwrap()).await;
    if let Some(output) = run_tour(&format!("#{tour}")).await {
        assert_tour_output(&output);
        let client = local::dynamodb::client(dynamodb).await;
        let rows = client.scan().table_name(tool.table_name()).send().await.unwrap();
        assert!(rows.count() > 0, "the functions use the table of cargo dev");
    }
    tool.shut_down();
    dev.interrupt().await;
    let left = std::fs::read_dir(&files).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["lock"], "cargo dev removes its files");
}
