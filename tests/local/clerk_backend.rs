//! `@clerk/backend`, Clerk's own client, works with the emulator, and Usher accepts its tokens.

use std::path::Path;

use axum::{Router, http::HeaderMap};
use clerk_emulator::{Clerk, Options};
use harness::{Logs, options};
use local::Stack;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{net::TcpListener, process::Command, sync::mpsc};

/// The variable that names the directory whose `node_modules` holds the client. Without it the test is skipped, because
/// the client comes from npm.
const PACKAGES: &str = "USHER_CLERK_BACKEND";

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Receives a `user.created` from an emulator. Returns the delivery and the secret of the endpoint.
async fn receive_delivery() -> (Value, String) {
    let (sender, mut arrivals) = mpsc::unbounded_channel();
    let endpoint = async move |headers: HeaderMap, body: String| {
        let headers: Value = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        sender.send(json!({"headers": headers, "body": body})).unwrap();
    };
    let webhook_url = serve(Router::new().fallback(endpoint)).await;
    let clerk = Clerk::new(Options { webhook_url, ..Options::default() }).unwrap();
    let users = format!("{}/v1/users", serve(clerk.router()).await);
    let request = Client::builder().no_proxy().build().unwrap().post(users).bearer_auth(clerk.secret_key());
    request.json(&json!({"first_name": "Ada"})).send().await.unwrap().error_for_status().unwrap();
    (arrivals.recv().await.unwrap(), clerk.webhook_secret().to_owned())
}

#[tokio::test]
async fn clerks_own_client_works_with_the_emulator_and_with_usher() {
    let Some(packages) = std::env::var_os(PACKAGES) else {
        println!("skipped: {PACKAGES} does not name a directory with @clerk/backend in its node_modules");
        return;
    };
    let logs = Logs::default();
    let stack = Stack::start_async(options(&logs)).await.unwrap();
    let (delivery, signing_secret) = receive_delivery().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clerk_backend/users_and_sessions.mjs");
    let mut node = Command::new("node");
    node.arg(script).env(PACKAGES, packages).env("USHER_API_URL", stack.api_url()).kill_on_drop(true);
    node.env("CLERK_API_URL", stack.clerk_url()).env("CLERK_SECRET_KEY", stack.clerk().secret_key());
    node.env("CLERK_JWT_KEY", stack.clerk().public_key_pem());
    node.env("CLERK_WEBHOOK_DELIVERY", delivery.to_string()).env("CLERK_WEBHOOK_SIGNING_SECRET", signing_secret);
    let output = node.output().await.expect("node runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
}
