//! The functions of the tests: the test executable, started again to run only [`runs_as_a_function`]. It then takes
//! invocations from the Lambda Runtime API.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Returns a shell script that runs this executable as a function.
pub(super) fn script() -> String {
    let executable = std::env::current_exe().unwrap();
    format!(
        "#!/bin/sh\nexec '{}' --exact stack::tests::function::runs_as_a_function --nocapture\n",
        executable.display()
    )
}

/// Does what the body of a request or the attribute `command` of a record says. Logs any other event, after a wait for
/// a file if the command says so.
#[tokio::test]
async fn runs_as_a_function() {
    // Without a Runtime API this runs as a test, and has nothing to check.
    let Ok(api) = std::env::var("AWS_LAMBDA_RUNTIME_API") else { return };
    let invocations = format!("{api}/2018-06-01/runtime/invocation");
    let client = reqwest::Client::new();
    loop {
        let next = client.get(format!("{invocations}/next")).send().await.unwrap();
        let id = next.headers()["lambda-runtime-aws-request-id"].to_str().unwrap().to_owned();
        let event: Value = next.json().await.unwrap();
        let in_record = || event.pointer("/Records/0/dynamodb/NewImage/command/S")?.as_str();
        // A command may be for one function only: `error in follow`.
        let own = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap();
        let for_this = |text: &'_ str| match text.split_once(" in ") {
            Some((command, function)) => (function == own).then(|| command.to_owned()),
            None => Some(text.to_owned()),
        };
        let command = event["body"].as_str().or_else(in_record).and_then(for_this);
        if let Some(file) = command.as_deref().and_then(|command| command.strip_prefix("wait for ")) {
            while !std::path::Path::new(file).exists() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        let (path, result) = match command.as_deref() {
            Some("environment") => ("response", json!(std::env::vars().collect::<BTreeMap<_, _>>())),
            Some("error") => ("error", json!({"errorType": "Store", "errorMessage": "the table is gone"})),
            Some("hang") => std::future::pending().await,
            _ => {
                println!("event {event}");
                ("response", Value::Null)
            }
        };
        client.post(format!("{invocations}/{id}/{path}")).json(&result).send().await.unwrap();
    }
}
