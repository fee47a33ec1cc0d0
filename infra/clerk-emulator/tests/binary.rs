//! The binary, as a test of another app uses it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::{
    collections::HashMap,
    process::{Output, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpListener,
    process::{Child, Command},
};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clerk-emulator"));
    command.args(arguments).env_remove("CLERK_SECRET_KEY").env_remove("CLERK_WEBHOOK_SECRET").kill_on_drop(true);
    command
}

/// Starts the binary and reads the settings that it prints, up to `last`. The process ends when the child is dropped.
async fn start(environment: &[(&str, &str)], last: &str) -> (Child, HashMap<String, String>) {
    start_with(&[], environment, last).await
}

/// As [`start`], with more arguments.
async fn start_with(arguments: &[&str], environment: &[(&str, &str)], last: &str) -> (Child, HashMap<String, String>) {
    let mut command = command(&[&["--port", "0", "--webhook-url", "http://127.0.0.1:9"], arguments].concat());
    command.envs(environment.iter().copied());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut printed = HashMap::new();
    while !printed.contains_key(last) {
        let line = lines.next_line().await.unwrap().unwrap();
        let (name, value) = line.split_once('=').unwrap();
        printed.insert(name.to_owned(), value.to_owned());
    }
    (child, printed)
}

/// Runs the binary with arguments that it refuses. Returns the exit code and the text on stderr.
async fn refusal(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command(arguments).output().await.unwrap();
    assert!(stdout.is_empty(), "{arguments:?}");
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[tokio::test]
async fn the_printed_settings_are_enough_to_create_a_user() {
    let (_child, printed) = start(&[], "CLERK_WEBHOOK_SECRET").await;
    let users = reqwest::Client::new().post(format!("{}/v1/users", printed["CLERK_API_URL"]));
    let user = json!({"email_address": ["ada@example.com"]});
    let answer = users.bearer_auth(&printed["CLERK_SECRET_KEY"]).json(&user).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().starts_with("user_"));
    let page = reqwest::Client::new().get(format!("{}/.well-known/jwks.json", printed["CLERK_ISSUER"]));
    assert_eq!(page.header("origin", "https://evil.example").send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn each_refused_request_leaves_one_line() {
    let (mut child, printed) = start(&[], "CLERK_WEBHOOK_SECRET").await;
    let url = &printed["CLERK_API_URL"];
    let client = reqwest::Client::new();
    let key = &printed["CLERK_SECRET_KEY"];
    let unknown = json!({"ada@example.com": 1, "favourite": 1});
    for (request, status) in [
        (client.get(format!("{url}/v1/users?query=secret")).bearer_auth("sk_test_secret"), 401),
        (client.post(format!("{url}/v1/users")).bearer_auth(key).json(&unknown), 422),
        (client.get(format!("{url}/v1/users/ada@example.com")).bearer_auth(key), 404),
        (client.get(format!("{url}/nothing?secret")), 404),
        (client.delete(format!("{url}/v1/users")).bearer_auth(key), 405),
        (client.get(format!("{url}/v1/users/%ff")).bearer_auth(key), 400),
        (client.get(format!("{url}/v1/jwks")).header("origin", "https://evil.example"), 403),
        (client.get(format!("{url}/v1/users/count")).bearer_auth(key), 200),
    ] {
        assert_eq!(request.send().await.unwrap().status(), status);
    }
    child.start_kill().unwrap();
    let log = String::from_utf8(child.wait_with_output().await.unwrap().stderr).unwrap();
    let lines: Vec<&str> = log.lines().map(|line| line.split_once(" INFO request ").unwrap().1).collect();
    let line = |route: &str, status: u16, reason: &str| {
        format!(r#"service="clerk" route="{route}" status={status} reason="{reason}""#)
    };
    let expected = [
        line("GET /v1/users", 401, "clerk_key_invalid"),
        line("POST /v1/users", 422, "form_param_unknown …, form_param_unknown favourite"),
        line("GET /v1/users/…", 404, "resource_not_found"),
        line("GET /nothing", 404, "resource_not_found"),
        line("DELETE /v1/users", 405, "method_not_allowed"),
        line("GET /v1/users/…", 400, "malformed"),
        line("GET /v1/jwks", 403, "Web pages may not call this service."),
    ];
    assert_eq!(lines, expected);
}

/// Each id that a command needs is the id of what the command before it has created.
#[tokio::test]
async fn the_commands_of_the_readme_work() {
    let (_child, printed) = start(&[], "CLERK_WEBHOOK_SECRET").await;
    let readme = include_str!("../README.md");
    let (_, block) = readme.split_once("Create a user, a session and a token:\n\n```sh\n").unwrap();
    let mut commands = block.split_once("\n```").unwrap().0.lines();
    let function = commands.next().unwrap();
    let mut last = Value::Null;
    for command in commands {
        let id = last["id"].as_str().unwrap_or_default();
        let command = command.replace("user_…", id).replace("sess_…", id);
        let mut shell = Command::new("bash");
        let output = shell.arg("-c").arg(format!("{function}\n{command}")).envs(&printed).output().await;
        let output = output.unwrap();
        last = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{command}: {error}: {output:?}"));
        assert_eq!(last.get("errors"), None, "{command}");
    }
    assert_eq!(last["jwt"].as_str().unwrap().split('.').count(), 3);
}

#[tokio::test]
async fn a_given_key_is_not_printed() {
    let (_child, printed) = start(&[("CLERK_SECRET_KEY", "sk_test_given")], "CLERK_WEBHOOK_SECRET").await;
    assert!(!printed.contains_key("CLERK_SECRET_KEY"));
    assert!(!printed.values().any(|value| value.contains("sk_test_given")));
    let count = reqwest::Client::new().get(format!("{}/v1/users/count", printed["CLERK_API_URL"]));
    assert_eq!(count.bearer_auth("sk_test_given").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_blank_key_counts_as_unset() {
    let (_child, printed) =
        start(&[("CLERK_SECRET_KEY", ""), ("CLERK_WEBHOOK_SECRET", " ")], "CLERK_WEBHOOK_SECRET").await;
    assert!(printed["CLERK_SECRET_KEY"].starts_with("sk_test_"));
    assert!(printed["CLERK_WEBHOOK_SECRET"].starts_with("whsec_"));
}

#[tokio::test]
async fn a_wrong_argument_is_named() {
    for (arguments, code, named) in [
        (&["--port", "x"][..], 2, "'--port <PORT>'"),
        (&["--verbose"], 2, "'--verbose'"),
        (&["--port", "0", "--webhook-url", "nowhere"], 1, "--webhook-url: "),
        (&["--port", "0", "--webhook-secret", "whsec_!"], 1, "--webhook-secret or CLERK_WEBHOOK_SECRET: "),
    ] {
        let (actual, text) = refusal(arguments).await;
        assert_eq!(actual, Some(code), "{arguments:?}: {text}");
        assert!(text.starts_with("error: ") && text.contains(named), "{arguments:?}: {text}");
        assert!(!text.contains("whsec_!"), "{text}");
    }
}

/// Each control command of the README is answered, and the last ones undo the first ones.
#[tokio::test]
async fn the_control_commands_of_the_readme_work() {
    let (_child, printed) = start_with(&["--control"], &[], "CLERK_WEBHOOK_SECRET").await;
    let readme = include_str!("../README.md");
    let (_, block) = readme.split_once("```sh\ncontrol()").unwrap();
    let mut commands = block.split_once("\n```").unwrap().0.lines();
    let function = format!("control(){}", commands.next().unwrap());
    let mut states = Vec::new();
    for command in commands {
        let mut shell = Command::new("bash");
        let output = shell.arg("-c").arg(format!("{function}\n{command}")).envs(&printed).output().await.unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{command}: {error}"));
        assert_eq!(answer.get("errors"), None, "{command}");
        if answer["object"] == "state" {
            states.push((answer["webhooks"]["delivery"].clone(), answer["faults"].as_array().unwrap().len()));
        }
    }
    assert_eq!(states, [(json!("hold"), 0), (json!("hold"), 1), (json!("send"), 0)]);
}

#[tokio::test]
async fn the_controls_are_off_unless_asked_for() {
    let client = reqwest::Client::new();
    for (arguments, status) in [(&[][..], 404), (&["--control"][..], 200)] {
        let (_child, printed) = start_with(arguments, &[], "CLERK_WEBHOOK_SECRET").await;
        let state = || client.get(format!("{}/control/state", printed["CLERK_API_URL"]));
        assert_eq!(state().send().await.unwrap().status(), status);
        for (name, value) in [("origin", "https://evil.example"), ("host", "evil.example")] {
            assert_eq!(state().header(name, value).send().await.unwrap().status(), 403, "{name}");
        }
    }
}

#[tokio::test]
async fn a_data_file_keeps_the_instance_and_belongs_to_one_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clerk.json");
    let data = ["--data", path.to_str().unwrap()];
    let (mut child, first) = start_with(&data, &[], "CLERK_WEBHOOK_SECRET").await;
    let (code, text) = refusal(&["--port", "0", data[0], data[1]]).await;
    assert_eq!((code, text), (Some(1), format!("error: --data: another emulator uses {}\n", path.display())));
    child.kill().await.unwrap();
    let (_child, second) = start_with(&data, &[], "CLERK_WEBHOOK_SECRET").await;
    for name in ["CLERK_INSTANCE_ID", "CLERK_SECRET_KEY", "CLERK_WEBHOOK_SECRET"] {
        assert_eq!(second[name], first[name], "{name}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, text) = refusal(&["--port", &port]).await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with(&format!("error: port {port} is in use")) && text.contains("--port"), "{text}");
}

#[tokio::test]
async fn the_publishable_key_names_the_host_and_scripts_come_from_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let dist = folder.path().join("@clerk/clerk-js/dist");
    std::fs::create_dir_all(&dist).unwrap();
    std::fs::write(dist.join("clerk.browser.js"), "script").unwrap();
    let arguments = ["--clerk-scripts", folder.path().to_str().unwrap()];
    let (_child, printed) = start_with(&arguments, &[], "CLERK_WEBHOOK_SECRET").await;
    let key = printed["CLERK_PUBLISHABLE_KEY"].strip_prefix("pk_test_").unwrap();
    let host = String::from_utf8(STANDARD.decode(key).unwrap()).unwrap();
    assert_eq!(format!("http://{}", host.strip_suffix('$').unwrap()), printed["CLERK_ISSUER"]);
    let url = printed["CLERK_API_URL"].replacen("127.0.0.1", "localhost", 1);
    let script = reqwest::get(format!("{url}/npm/@clerk/clerk-js@6/dist/clerk.browser.js")).await.unwrap();
    assert_eq!(script.text().await.unwrap(), "script");
    // A page may call the Frontend API, and not the Backend API.
    let status = async |path: &str| {
        let request = reqwest::Client::new().get(format!("{url}{path}")).header("origin", "http://localhost:3002");
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!((status("/v1/environment").await, status("/v1/users").await), (200, 403));
}
