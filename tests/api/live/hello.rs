//! The hello: it stores the connection, renews the lease, and is the only message that a client may send.

use harness::{LiveSocket, Usher, new_user_id, now_seconds, number, text};
use serde_json::{Value, json};

async fn user(usher: &Usher) -> String {
    let user = new_user_id();
    usher.deliver_user_created(&user).await;
    user
}

/// Returns the code of the problem that answers a message.
async fn refused(socket: &mut LiveSocket, message: impl Into<String>) -> (String, Value) {
    socket.send(message).await;
    let answer = socket.next().await.unwrap();
    assert_eq!(answer["type"], "error", "{answer}");
    let problem = answer["problem"].clone();
    assert!(problem["request_id"].is_string() && problem["title"].is_string() && problem["status"].is_u64());
    (problem["type"].as_str().unwrap().replace("urn:usher:problem:", ""), problem)
}

#[tokio::test]
async fn a_hello_takes_a_lease_and_the_next_one_renews_it() {
    let usher = Usher::shared().await;
    let user = user(&usher).await;
    let token = usher.session_token(&user);
    let mut socket = usher.dial(&token).await.unwrap();
    for _ in 0..2 {
        let ready = socket.hello(&token).await;
        assert_eq!(ready["type"], "ready");
        // Less than API Gateway's idle time-out of 10 minutes.
        assert!((480_000..540_000).contains(&ready["renew_in_ms"].as_u64().unwrap()), "{ready}");
    }
    let rows = usher.rows(&user).await;
    assert_eq!(rows.len(), 2);
    assert!(text(&rows[0], "sk").starts_with("CONNECTION#"));
    let lease = number(&rows[0], "expires_at") - now_seconds() as i64;
    assert!((600..=660).contains(&lease), "{lease}");
}

#[tokio::test]
async fn anything_but_a_hello_is_answered_by_a_problem() {
    let usher = Usher::shared().await;
    let user = user(&usher).await;
    let token = usher.session_token(&user);
    let mut socket = usher.dial(&token).await.unwrap();
    for (message, code) in [
        ("hello", "malformed"),
        ("", "malformed"),
        ("[]", "invalid-field"),
        ("{}", "invalid-field"),
        (r#"{"type":"subscribe","token":"t"}"#, "invalid-field"),
        (r#"{"type":"hello","token":"t","keys":[]}"#, "invalid-field"),
        (r#"{"type":"hello","token":"t"}"#, "invalid-token"),
        (r#"{"type":"hello","token":""}"#, "invalid-token"),
    ] {
        assert_eq!(refused(&mut socket, message).await.0, code, "{message}");
    }
    let fields = refused(&mut socket, "{}").await.1["errors"].clone();
    assert_eq!(fields, json!([{"field": "type", "detail": "is missing"}, {"field": "token", "detail": "is missing"}]));
    // The socket is still good.
    assert_eq!(socket.hello(&token).await["type"], "ready");
}

#[tokio::test]
async fn a_message_may_have_8_kb() {
    let usher = Usher::shared().await;
    let mut socket = usher.dial(&usher.session_token(&new_user_id())).await.unwrap();
    let hello = |length: usize| {
        let empty = json!({"type": "hello", "token": ""}).to_string().len();
        json!({"type": "hello", "token": "a".repeat(length - empty)}).to_string()
    };
    assert_eq!(refused(&mut socket, hello(8192)).await.0, "invalid-token");
    let (code, problem) = refused(&mut socket, hello(8193)).await;
    assert_eq!((code.as_str(), &problem["detail"]), ("too-large", &json!("a message may have at most 8192 bytes")));
}

#[tokio::test]
async fn the_first_hello_may_beat_the_webhook() {
    let usher = Usher::shared().await;
    // Clerk knows the user, and its webhook never arrives.
    let user = usher.clerk().add_users(1).remove(0);
    usher.connect_live(&user).await;
    assert!(usher.row(&user).await.is_some());
    // Nobody knows this one.
    let token = usher.session_token(&new_user_id());
    let mut socket = usher.dial(&token).await.unwrap();
    let (code, _) = refused(&mut socket, json!({"type": "hello", "token": token}).to_string()).await;
    assert_eq!(code, "user-not-synced");
}

#[tokio::test]
async fn a_hello_tells_a_deleted_user_to_close() {
    let usher = Usher::shared().await;
    let user = user(&usher).await;
    let token = usher.session_token(&user);
    usher.deliver_user_deleted(&user).await;
    let mut socket = usher.dial(&token).await.unwrap();
    assert_eq!(socket.hello(&token).await, json!({"type": "closed", "reason": "user-deleted"}));
    assert!(usher.rows(&user).await.iter().all(|row| text(row, "sk") == "USER"));
}

#[tokio::test]
async fn a_socket_serves_one_user() {
    let usher = Usher::shared().await;
    let (ada, bob) = (user(&usher).await, user(&usher).await);
    let mut socket = usher.connect_live(&ada).await;
    let answer = socket.hello(&usher.session_token(&bob)).await;
    assert_eq!(answer, json!({"type": "closed", "reason": "other-user"}));
    assert_eq!(usher.rows(&bob).await.len(), 1);
}

#[tokio::test]
async fn a_socket_without_a_hello_hears_nothing() {
    let usher = Usher::shared().await;
    let user = user(&usher).await;
    let token = usher.session_token(&user);
    let mut silent = usher.dial(&token).await.unwrap();
    let mut other = usher.connect_live(&user).await;
    usher.call_as(&user, reqwest::Method::PATCH, "/settings", json!({"theme": "dark"})).await.expect_json();
    other.changed(["settings"]).await;
    // The first message that the silent one gets is the answer to its own hello.
    assert_eq!(silent.hello(&token).await["type"], "ready");
}
