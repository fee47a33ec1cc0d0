//! Least privilege: a function asks of DynamoDB what its role in the template allows, and its role allows no more.

use std::{collections::BTreeSet, fs};

use aws_sdk_dynamodb::types::AttributeValue;
use harness::{Recorder, Row, Usher, new_user_id, now_ms, user_object};

/// The actions on DynamoDB that the template allows a function.
fn allowed(function: &str) -> BTreeSet<String> {
    let template = fs::read_to_string(local::find_template()).unwrap();
    let marker = format!("CodeUri: functions/{function}\n");
    let (_, resource) = template.split_once(&marker).unwrap_or_else(|| panic!("{function} is not in the template"));
    let resource = resource.split("AWS::Serverless::Function").next().unwrap();
    // What depends on the configuration is not what these do.
    let resource = resource.split("!If").next().unwrap();
    let actions = resource.lines().filter_map(|line| line.split_once("Action:"));
    let names = actions.flat_map(|(_, list)| list.split([' ', ',', '[', ']']));
    names.filter(|name| name.starts_with("dynamodb:")).map(str::to_owned).collect()
}

/// A row that belongs to a user.
fn child(user_id: &str) -> Row {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    Row::from([("pk".into(), text(&format!("USER#{user_id}"))), ("sk".into(), text("SETTINGS"))])
}

/// A stack whose requests to DynamoDB are written down. The purge, which a deletion wakes, does not start, so that what it
/// asks for is not counted for another.
async fn recorded() -> (Recorder, Usher) {
    let recorder = Recorder::start().await;
    let usher = Usher::started(|options| {
        options.storage = recorder.storage();
        options.environment.insert("PURGE_SETTLE_SECONDS".into(), Some("never".into()));
    })
    .await;
    recorder.take();
    (recorder, usher)
}

#[tokio::test]
async fn the_webhook_may_do_what_it_does() {
    let (recorder, usher) = recorded().await;
    let (ada, now) = (new_user_id(), now_ms());
    usher.sync(&ada).await;
    usher.deliver(usher.event("user.updated", &user_object(&ada, now + 1000), now + 1000)).await.has_outcome("updated");
    let mut used = recorder.take();
    usher.seed(&[child(&ada)]).await;
    recorder.take();
    usher.delete(&ada).await;
    usher.delete(&ada).await;
    used.append(&mut recorder.take());
    assert_eq!(used, allowed("clerk-webhook"));
    assert_eq!(usher.rows(&ada).await.len(), 1);
}

#[tokio::test]
async fn a_function_that_reads_may_read_one_row_at_a_time() {
    let (recorder, usher) = recorded().await;
    let (ada, bob) = (new_user_id(), new_user_id());
    usher.sync(&ada).await;
    usher.sync(&bob).await;
    recorder.take();
    for (function, path) in [
        ("get-current-user", "/users/me".to_owned()),
        ("get-login-status", "/users/me/status".to_owned()),
        ("get-user", format!("/users/{bob}")),
    ] {
        usher.get(&path, &usher.minted(&ada)).await.json();
        assert_eq!(recorder.take(), allowed(function), "{function}");
        assert_eq!(allowed(function), ["dynamodb:GetItem".to_owned()].into(), "{function}");
    }
}
