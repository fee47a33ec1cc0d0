//! What a client is told: the keys of what has changed, and nothing of another user.

use harness::{Usher, new_user_id};
use reqwest::Method;
use serde_json::{Value, json};

/// Sends a request as a user, and returns the answer to a success.
async fn call(usher: &Usher, user: &str, method: Method, path: &str, body: Value) -> Value {
    let answer = usher.call_as(user, method, path, body).await;
    assert!(answer.status.is_success(), "{answer:?}");
    serde_json::from_str(&answer.body).unwrap_or_default()
}

async fn user(usher: &Usher) -> String {
    let user = new_user_id();
    usher.deliver_user_created(&user).await;
    user
}

#[tokio::test]
async fn each_change_names_the_routes_to_read_again() {
    let usher = Usher::shared().await;
    let ada = user(&usher).await;
    let mut socket = usher.connect_live(&ada).await;

    let thread = call(&usher, &ada, Method::POST, "/threads", json!({})).await;
    let path = format!("/threads/{}", thread["id"].as_str().unwrap());
    let (one, messages) = (path[1..].to_owned(), format!("{}/messages", &path[1..]));
    socket.changed(["threads", &one]).await;

    call(&usher, &ada, Method::POST, &format!("{path}/messages"), json!({"content": "Hello"})).await;
    socket.changed(["threads", &one, &messages]).await;

    call(&usher, &ada, Method::PATCH, &path, json!({"title": "Engines"})).await;
    socket.changed(["threads", &one]).await;

    call(&usher, &ada, Method::PATCH, "/settings", json!({"theme": "dark"})).await;
    socket.changed(["settings"]).await;

    let object = harness::user_object(&ada, harness::now_ms() + 1);
    usher.deliver(usher.event("user.updated", &object, harness::now_ms() + 1)).await.assert_outcome("updated");
    socket.changed(["user"]).await;

    call(&usher, &ada, Method::DELETE, &path, Value::Null).await;
    socket.changed(["threads", &one, &messages]).await;
}

#[tokio::test]
async fn every_connection_of_the_user_is_told() {
    let usher = Usher::shared().await;
    let ada = user(&usher).await;
    let mut sockets = vec![usher.connect_live(&ada).await, usher.connect_live(&ada).await];
    call(&usher, &ada, Method::PATCH, "/settings", json!({"theme": "dark"})).await;
    for socket in &mut sockets {
        socket.changed(["settings"]).await;
    }
}

#[tokio::test]
async fn a_socket_never_hears_of_another_user() {
    let usher = Usher::shared().await;
    let (ada, bob) = (user(&usher).await, user(&usher).await);
    let mut of_ada = usher.connect_live(&ada).await;
    let mut of_bob = usher.connect_live(&bob).await;
    for number in 0..10 {
        call(&usher, &ada, Method::PATCH, "/settings", json!({"number": number})).await;
    }
    of_ada.changed(["settings"]).await;
    // Until his own change is told, Bob hears only of his own new row, although ten changes of Ada were told before.
    call(&usher, &bob, Method::POST, "/threads", json!({})).await;
    let mut heard = Vec::new();
    while !heard.contains(&json!("threads")) {
        let message = of_bob.next().await.unwrap();
        heard.extend(message["keys"].as_array().unwrap().clone());
    }
    assert!(!heard.contains(&json!("settings")), "{heard:?}");
}

#[tokio::test]
async fn a_message_holds_keys_and_no_content() {
    let usher = Usher::shared().await;
    let ada = user(&usher).await;
    let mut socket = usher.connect_live(&ada).await;
    let secret = "a very secret title";
    call(&usher, &ada, Method::POST, "/threads", json!({"title": secret})).await;
    call(&usher, &ada, Method::PATCH, "/settings", json!({"theme": secret})).await;
    let mut seen = String::new();
    while !seen.contains("settings") {
        let message = socket.next().await.unwrap().to_string();
        assert!(message.len() <= 1024, "{message}");
        seen += &message;
    }
    assert!(!seen.contains(secret), "{seen}");
}
