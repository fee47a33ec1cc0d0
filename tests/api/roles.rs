//! Least privilege: the role of each function in the template allows exactly the rights that the function uses.
//!
//! The test records the rights that each function uses, in a story that covers every case. A right that is never used
//! is either excessive, or its case is missing from the story.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use clerk_emulator::{InjectedFault, WebhookDelivery};
use futures_util::future::join;
use harness::{
    FaultProxy, Right, Row, Usher, eventually, grants, new_secret, new_user_id, now_ms, text, user_object, user_row,
};
use local::Schedules;
use model_emulator::{End, Script};
use reqwest::Method;
use serde_json::{Value, json};

/// The template's parameters that name a parameter of Systems Manager, and those names.
const PARAMETERS: [(&str, &str); 3] = [
    ("ClerkSecretKeyParameter", "/usher/secret-key"),
    ("ClerkWebhookSecretParameter", "/usher/webhook-secret"),
    ("ModelKeyParameter", "/usher/model-key"),
];

/// Starts a stack with all configuration that a role may depend on. The proxy records its requests.
async fn start_recorded(proxy: &FaultProxy, webhook_secret: &str) -> Usher {
    Usher::with_options(|options| {
        options.storage = proxy.storage();
        options.schedules = Schedules::Off;
        for name in ["CLERK_SECRET_KEY", "CLERK_WEBHOOK_SECRET"] {
            options.environment.insert(name.to_owned(), None);
        }
        for (variable, (_, name)) in ["CLERK_SECRET_KEY", "CLERK_WEBHOOK_SECRET", "MODEL_KEY"].iter().zip(PARAMETERS) {
            options.environment.insert(format!("{variable}_PARAMETER"), Some(name.to_owned()));
        }
        options.parameters.insert(PARAMETERS[1].1.to_owned(), webhook_secret.to_owned());
        options.parameters.insert(PARAMETERS[2].1.to_owned(), "sk-test".to_owned());
    })
    .await
}

/// Rows of a user, more than one transaction can erase.
fn rows_beyond_one_transaction(user: &str) -> Vec<Row> {
    let text = |value: String| AttributeValue::S(value);
    let row = |n| [("pk".into(), text(format!("USER#{user}"))), ("sk".into(), text(format!("REQUEST#{n}")))].into();
    (0..150).map(row).collect()
}

/// Calls every function as the first request of a user whose webhook has not arrived.
async fn send_first_requests(usher: &Usher, bob: &str) {
    let thread = uuid::Uuid::now_v7();
    let message = || json!({"content": "Hello"});
    for (method, path, body) in [
        (Method::GET, "/users/me".to_owned(), Value::Null),
        (Method::GET, "/users/me/status".to_owned(), Value::Null),
        (Method::GET, format!("/users/{bob}"), Value::Null),
        (Method::GET, "/stream/users/me/export".to_owned(), Value::Null),
        (Method::GET, "/settings".to_owned(), Value::Null),
        (Method::PATCH, "/settings".to_owned(), json!({"theme": "dark"})),
        (Method::GET, "/threads".to_owned(), Value::Null),
        (Method::GET, "/search?q=hello".to_owned(), Value::Null),
        (Method::POST, "/threads".to_owned(), json!({})),
        (Method::GET, format!("/threads/{thread}"), Value::Null),
        (Method::PATCH, format!("/threads/{thread}"), json!({"title": "Engines"})),
        (Method::GET, format!("/threads/{thread}/messages"), Value::Null),
        (Method::POST, format!("/threads/{thread}/messages"), message()),
        (Method::POST, format!("/threads/{thread}/exchanges"), json!({"user": message(), "assistant": message()})),
        (Method::POST, format!("/stream/threads/{thread}/replies"), message()),
        (Method::GET, format!("/stream/threads/{thread}/replies/{thread}"), Value::Null),
        (Method::DELETE, format!("/threads/{thread}/replies/{thread}"), Value::Null),
        (Method::DELETE, format!("/threads/{thread}"), Value::Null),
    ] {
        let newcomer = usher.clerk().add_users(1).remove(0);
        let answer = usher.call_as(&newcomer, method, &path, body).await;
        assert!(answer.status.is_success() || answer.status == 404, "{answer:?}");
        assert!(usher.row(&newcomer).await.is_some(), "{answer:?}");
    }
}

/// Opens and ends live connections in every way, and returns the rights that API Gateway's management API has seen.
async fn use_live_connections(proxy: &FaultProxy, usher: &Usher, secret: &str) -> BTreeSet<Right> {
    // The first hello of a user whose webhook has not arrived.
    let [ada, bob] = usher.clerk().add_users(2).try_into().unwrap();
    let mut socket = usher.connect_live(&ada).await;
    assert_eq!(socket.hello(&usher.session_token(&ada)).await["type"], "ready");
    usher.call_as(&ada, Method::PATCH, "/settings", json!({"theme": "dark"})).await.expect_json();
    socket.changed(["settings"]).await;
    let session = json!({"object": "session", "id": ada.replace("user_", "sess_"), "user_id": ada, "status": "ended"});
    let ended = usher.event("session.ended", &session.to_string(), now_ms());
    usher.deliver_signed(secret, ended).await.assert_outcome("ended");
    assert_eq!(socket.closed().await, "session-ended");

    // A client that leaves. Its row is removed by live-disconnect, or by notify-changes if that has a message for the
    // client and finds out first.
    let delete = Right::new("dynamodb:DeleteItem", "table");
    for _ in 0..20 {
        if proxy.used_rights().get("live-disconnect").is_some_and(|rights| rights.contains(&delete)) {
            break;
        }
        drop(usher.connect_live(&bob).await);
        let is_connection = |row: &Row| text(row, "sk").starts_with("CONNECTION#");
        let left = async || (!usher.rows(&bob).await.iter().any(is_connection)).then_some(());
        eventually("the end of the connection", left).await;
    }
    // A row that is removed by hand.
    let mut socket = usher.connect_live(&bob).await;
    for row in usher.rows(&bob).await.iter().filter(|row| text(row, "sk").starts_with("CONNECTION#")) {
        usher.remove(row).await;
    }
    assert_eq!(socket.closed().await, "removed");
    ["POST", "DELETE"].map(|method| Right::new("execute-api:ManageConnections", format!("connections/{method}"))).into()
}

async fn use_a_thread(usher: &Usher, ada: &str) {
    let thread = usher.call_as(ada, Method::POST, "/threads", json!({})).await.expect_created();
    let path = format!("/threads/{}", thread["id"].as_str().unwrap());
    let message = || json!({"content": "Hello"});
    usher.call_as(ada, Method::PATCH, &path, json!({"title": "Engines"})).await.expect_json();
    usher.call_as(ada, Method::POST, &format!("{path}/messages"), message()).await.expect_created();
    let exchange = json!({"user": message(), "assistant": message()});
    usher.call_as(ada, Method::POST, &format!("{path}/exchanges"), exchange).await.expect_created();
    // The second request wakes the purge.
    for _ in 0..2 {
        usher.call_as(ada, Method::DELETE, &path, Value::Null).await.assert_no_content();
    }
}

/// Asks for a reply of a model that then is silent, and stops it.
async fn use_replies(usher: &Usher, ada: &str) {
    let thread = usher.call_as(ada, Method::POST, "/threads", json!({})).await.expect_created();
    let path = format!("/threads/{}", thread["id"].as_str().unwrap());
    let complete = json!({"content": "Hello"});
    usher.call_as(ada, Method::POST, &format!("/stream{path}/replies"), complete).await.assert_status(200);
    let script = Script { end: End::Stall, ..Script::immediate("Because") };
    usher.stack().model().set_script("Why in roles?", script);
    let message = json!({"content": "Why in roles?"});
    let replies = format!("/stream{path}/replies");
    let reply = usher.call_as(ada, Method::POST, &replies, message);
    let stop = async {
        let request = usher.stack().model().request("Why in roles?", 1).await.unwrap();
        assert_eq!(request.key(), Some("sk-test"));
        let messages = usher.call_as(ada, Method::GET, &format!("{path}/messages"), Value::Null).await.expect_json();
        let id = messages["items"][3]["id"].as_str().unwrap();
        usher.call_as(ada, Method::DELETE, &format!("{path}/replies/{id}"), Value::Null).await.assert_no_content();
    };
    join(reply, stop).await.0.assert_status(200);
}

/// Deletes two unknown users: one by the run, the other by its webhook while the run asks Clerk about the user.
async fn reconcile_unknown_users(usher: &Usher, secret: &str) {
    let users = [new_user_id(), new_user_id()];
    usher.seed(users.each_ref().map(|user| user_row(user, 1, 1))).await;
    usher.seed(rows_beyond_one_transaction(&users[0])).await;
    let asked = format!("/v1/users/{}", users[1]);
    let request = json!({"dry_run": false, "delete_unknown": true, "max_delete_percent": 100});
    // The run asks once to count and once to delete.
    usher.clerk().inject_fault("GET", &asked, InjectedFault::Delay(Duration::from_millis(700)));
    let deletion = async {
        let begun = async || (usher.clerk().count_requests("GET", &asked) > 1).then_some(());
        eventually("the second request to Clerk", begun).await;
        let deleted = format!(r#"{{"deleted":true,"id":"{}"}}"#, users[1]);
        let deleted = usher.event("user.deleted", &deleted, now_ms());
        usher.deliver_signed(secret, deleted).await.assert_outcome("deleted");
    };
    let (report, ()) = join(usher.invoke("reconcile-users", request.to_string()), deletion).await;
    assert_eq!(report.unwrap()["deleted"], 2);
}

/// Delivers the webhook before the function deletes the user. The function then finds an open tombstone and wakes the
/// purge.
async fn delete_account_after_webhook(usher: &Usher, user: &str, secret: &str) {
    let asked = format!("/v1/users/{user}");
    usher.clerk().inject_fault("DELETE", &asked, InjectedFault::Delay(Duration::from_millis(700)));
    let webhook = async {
        let begun = async || (usher.clerk().count_requests("DELETE", &asked) == 1).then_some(());
        eventually("the request to Clerk", begun).await;
        let deleted = usher.event("user.deleted", &format!(r#"{{"deleted":true,"id":"{user}"}}"#), now_ms());
        usher.deliver_signed(secret, deleted).await.assert_outcome("deleted");
    };
    let (answer, ()) = join(usher.call_as(user, Method::DELETE, "/users/me", Value::Null), webhook).await;
    answer.assert_status(202);
}

#[tokio::test]
async fn every_role_allows_exactly_what_its_function_uses() {
    let (proxy, secret) = (FaultProxy::start().await, new_secret());
    let usher = start_recorded(&proxy, &secret).await;
    usher.parameters().put(PARAMETERS[0].1, usher.clerk().secret_key());
    usher.clerk().set_webhook_delivery(WebhookDelivery::Drop);
    let webhook = async |kind: &str, data: String| {
        usher.deliver_signed(&secret, usher.event(kind, &data, now_ms())).await.expect_json();
    };
    let users = usher.clerk().add_users(4);
    let [ada, bob, eve, mallory] = &users[..] else { panic!("expected four users") };
    webhook("user.created", user_object(bob, 1)).await;

    send_first_requests(&usher, bob).await;
    use_a_thread(&usher, ada).await;
    use_replies(&usher, ada).await;
    let managed = use_live_connections(&proxy, &usher, &secret).await;
    reconcile_unknown_users(&usher, &secret).await;
    // Eve and Mallory delete their accounts, and the webhook of Eve is faster. Two webhooks delete Bob.
    usher.seed(rows_beyond_one_transaction(eve)).await;
    delete_account_after_webhook(&usher, eve, &secret).await;
    usher.seed(rows_beyond_one_transaction(mallory)).await;
    usher.call_as(mallory, Method::DELETE, "/users/me", Value::Null).await.assert_status(202);
    usher.seed(rows_beyond_one_transaction(bob)).await;
    for _ in 0..2 {
        webhook("user.deleted", format!(r#"{{"deleted":true,"id":"{bob}"}}"#)).await;
    }
    let purged = async || (usher.rows(bob).await.len() == 1 && usher.rows(eve).await.len() == 1).then_some(());
    eventually("the purge", purged).await;
    usher.run_schedule("purge-deletions").await;

    let mut used = proxy.used_rights();
    used.entry("notify-changes".to_owned()).or_default().extend(managed);
    // It has no rights, because it uses no other service.
    used.insert("live-connect".to_owned(), BTreeSet::new());
    for (parameter, name) in PARAMETERS {
        for function in usher.parameters().readers(name) {
            let right = Right::new("ssm:GetParameter", format!("parameter/{parameter}"));
            used.entry(function).or_default().insert(right);
        }
    }
    let allowed: BTreeMap<String, BTreeSet<Right>> = grants()
        .into_iter()
        .map(|(function, grants)| (function, grants.into_iter().map(|grant| grant.right).collect()))
        .collect();
    for function in allowed.keys() {
        assert_eq!(used.get(function), allowed.get(function), "{function}: used on the left, allowed on the right");
    }
    assert_eq!(used.len(), allowed.len());
}
