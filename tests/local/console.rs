//! The control routes of a whole stack: what the console shows and does, and the tests of an app too.

use harness::Usher;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

/// Adds a user at the emulator, and returns its id.
async fn add_user(usher: &Usher, name: &str) -> String {
    let user = usher.control(Method::POST, "v1/users", json!({"first_name": name})).await;
    user["id"].as_str().unwrap().to_owned()
}

async fn rows(usher: &Usher, user_id: &str) -> Vec<Value> {
    let list = usher.control(Method::GET, &format!("rows?user_id={user_id}"), Value::Null).await;
    assert_eq!(list["has_more"], false);
    list["data"].as_array().unwrap().clone()
}

/// Returns the id of the latest delivery of this type.
async fn latest_delivery(usher: &Usher, kind: &str) -> String {
    let list = usher.control(Method::GET, &format!("deliveries?limit=1&type={kind}"), Value::Null).await;
    list["data"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_rows_of_a_user_are_shown_as_they_change() {
    let usher = Usher::with_environment([("PURGE_SETTLE_SECONDS", Some("0"))]).await;
    let mut events = usher.control_events().await;
    let ada = add_user(&usher, "Ada").await;
    let is_of_ada = |row: &Value| row["user_id"] == *ada;
    let row = events.wait_for("row", is_of_ada).await;
    assert_eq!((&row["change"], &row["kind"], &row["key"]["sk"]), (&json!("INSERT"), &json!("user"), &json!("USER")));
    let shown = rows(&usher, &ada).await;
    assert_eq!((shown.len(), &shown[0]["attributes"]), (1, &row["attributes"]));

    let thread = usher.call_as(&ada, Method::POST, "/threads", json!({"title": "Engines"})).await.expect_created();
    let row = events.wait_for("row", |row| is_of_ada(row) && row["kind"] == "thread").await;
    assert_eq!(row["key"]["sk"], format!("THREAD#{}", thread["id"].as_str().unwrap()));
    assert_eq!(row["attributes"]["title"], "Engines");

    usher.control(Method::DELETE, &format!("v1/users/{ada}"), Value::Null).await;
    let removed = events.wait_for("row", |row| is_of_ada(row) && row["change"] == "REMOVE").await;
    assert_eq!(
        (&removed["kind"], &removed["attributes"], &removed["expired"]),
        (&json!("thread"), &json!(null), &json!(false))
    );
    let receipt = events.wait_for("row", |row| is_of_ada(row) && row["attributes"].get("purged_at").is_some()).await;
    assert_eq!((&receipt["change"], &receipt["attributes"]["erased"]), (&json!("MODIFY"), &json!(1)));
    let shown = rows(&usher, &ada).await;
    assert_eq!((shown.len(), &shown[0]["attributes"]), (1, &receipt["attributes"]));
}

#[tokio::test]
async fn open_sockets_and_their_messages_are_shown() {
    let usher = Usher::with_options(|_| {}).await;
    let mut events = usher.control_events().await;
    let ada = add_user(&usher, "Ada").await;
    let mut socket = usher.connect_live(&ada).await;
    let id = events.wait_for("connection", |connection| connection["closed"] == false).await["connection_id"].clone();
    let ready = events.wait_for("message", |message| message["body"]["type"] == "ready").await;
    assert_eq!(ready["connection_id"], id);

    let open = usher.control(Method::GET, "connections", Value::Null).await["data"][0].clone();
    assert_eq!((&open["connection_id"], &open["user_id"], &open["source_ip"]), (&id, &json!(ada), &json!("127.0.0.1")));

    usher.control(Method::PATCH, &format!("v1/users/{ada}"), json!({"first_name": "Augusta"})).await;
    socket.changed(["user"]).await;
    events.wait_for("message", |message| message["body"] == json!({"type": "changed", "keys": ["user"]})).await;
    let last = usher.control(Method::GET, "messages?limit=1", Value::Null).await["data"][0].clone();
    assert_eq!(last["body"]["keys"], json!(["user"]));

    let path = format!("connections/{}", id.as_str().unwrap());
    usher.control(Method::POST, &format!("{path}/cut"), Value::Null).await;
    while socket.next().await.is_some() {}
    events.wait_for("connection", |connection| connection["closed"] == true).await;
    assert_eq!(usher.control(Method::GET, "connections", Value::Null).await["data"], json!([]));
    for (method, path) in [(Method::DELETE, path.clone()), (Method::POST, format!("{path}/cut"))] {
        let (status, error) = usher.try_control(method, &path, &Value::Null).await;
        assert_eq!((status, &error["errors"][0]["code"]), (404, &json!("resource_not_found")));
    }
    let mut second = usher.connect_live(&ada).await;
    let second_id = usher.control(Method::GET, "connections", Value::Null).await["data"][0]["connection_id"].clone();
    usher.control(Method::DELETE, &format!("connections/{}", second_id.as_str().unwrap()), Value::Null).await;
    while second.next().await.is_some() {}
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let usher = Usher::shared().await;
    for (path, name) in [
        ("rows", "user_id"),
        ("rows?user_id=", "user_id"),
        ("rows?user_id=user_1&limit=0", "limit"),
        ("messages?limit=1001", "limit"),
    ] {
        let (status, error) = usher.try_control(Method::GET, path, &Value::Null).await;
        assert_eq!((status, &error["errors"][0]["meta"]["param_name"]), (422, &json!(name)), "{path}");
    }
    assert_eq!(rows(&usher, "user_nobody").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_captured_webhook_of_last_week_is_refused() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = add_user(&usher, "Ada").await;
    let created = latest_delivery(&usher, "user.created").await;
    usher.control(Method::PATCH, &format!("v1/users/{ada}"), json!({"first_name": "Augusta"})).await;
    let before = rows(&usher, &ada).await;
    let replay = usher.control(Method::POST, &format!("deliveries/{created}/replay"), json!({})).await;
    assert_eq!((&replay["state"], &replay["attempts"][0]["status"]), (&json!("failed"), &json!(400)));
    // Signed now, it is taken, and changes nothing, because the event is older than the row.
    let replay = usher.control(Method::POST, &format!("deliveries/{created}/replay"), json!({"signed": "now"})).await;
    assert_eq!(replay["state"], "delivered");
    let wrong = json!({"wrong_signature": true});
    let repeated = usher.control(Method::POST, &format!("deliveries/{created}/send"), wrong).await;
    assert_eq!(repeated["attempts"][1]["status"], 400);
    assert_eq!(rows(&usher, &ada).await, before);
}

#[tokio::test]
async fn the_later_of_two_reordered_changes_wins() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = add_user(&usher, "Ada").await;
    usher.control(Method::PUT, "webhooks", json!({"delivery": "hold"})).await;
    let mut ids = Vec::new();
    for name in ["First", "Second"] {
        usher.control(Method::PATCH, &format!("v1/users/{ada}"), json!({"first_name": name})).await;
        ids.push(latest_delivery(&usher, "user.updated").await);
    }
    ids.reverse();
    let sent = usher.control(Method::POST, "deliveries/send", json!({"ids": ids})).await;
    assert!(sent["data"].as_array().unwrap().iter().all(|delivery| delivery["state"] == "delivered"), "{sent}");
    let me = usher.call_as(&ada, Method::GET, "/users/me", Value::Null).await.expect_json();
    assert_eq!(me["first_name"], "Second");
}

#[tokio::test]
async fn only_the_console_may_read_rows_from_a_page() {
    let usher = Usher::shared().await;
    let get = async |path: &str, origin: &str| {
        let request = reqwest::Client::new().get(format!("{}{path}", usher.clerk_url()));
        request.header("origin", origin).send().await.unwrap()
    };
    for path in ["/control/rows?user_id=user_1", "/control/connections", "/control/messages", "/control/events"] {
        for foreign in [usher.api_url(), "https://evil.example", "null"] {
            assert_eq!(get(path, foreign).await.status(), 403, "{path} {foreign}");
        }
        assert_eq!(get(path, usher.clerk_url()).await.status(), 200, "{path}");
    }
    let page = reqwest::get(usher.clerk_url()).await.unwrap();
    assert!(page.text().await.unwrap().contains("Rows in the table"));
    let settings = usher.control(Method::GET, "console", Value::Null).await;
    assert_eq!(settings, json!({"object": "console", "app_url": null, "has_stack": true}));
}

/// The example of TESTING.md, on this stack. Passes on a machine without Node, which CI has.
#[tokio::test]
async fn the_tests_of_the_document_pass() {
    let Ok(node) = Command::new("node").arg("--version").output().await else { return };
    assert!(node.status.success());
    let usher = Usher::with_options(|_| {}).await;
    let document = include_str!("../../infra/local/TESTING.md");
    let (_, example) = document.split_once("```js\n").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("usher.test.mjs");
    std::fs::write(&file, example.split_once("```").unwrap().0).unwrap();
    let mut node = Command::new("node");
    node.arg("--test").arg(&file).env("USHER_URL", usher.api_url()).env("CLERK_URL", usher.clerk_url());
    let output = node.kill_on_drop(true).output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("pass 3"), "{text}");
}
