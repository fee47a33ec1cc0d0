//! What ends a connection: the row is gone, so the socket is closed.

use harness::{Usher, eventually, new_user_id, now_ms, text, user_object};
use reqwest::Method;
use serde_json::json;

async fn user(usher: &Usher) -> String {
    let user = new_user_id();
    usher.deliver_user_created(&user).await;
    user
}

async fn connections(usher: &Usher, user: &str) -> usize {
    usher.rows(user).await.iter().filter(|row| text(row, "sk").starts_with("CONNECTION#")).count()
}

#[tokio::test]
async fn a_deletion_closes_every_socket_of_the_user() {
    let usher = Usher::shared().await;
    let (ada, bob) = (user(&usher).await, user(&usher).await);
    let mut sockets = vec![usher.connect_live(&ada).await, usher.connect_live(&ada).await];
    let mut of_bob = usher.connect_live(&bob).await;
    usher.deliver_user_deleted(&ada).await;
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, "user-deleted");
    }
    assert_eq!(of_bob.hello(&usher.session_token(&bob)).await["type"], "ready");
}

#[tokio::test]
async fn a_ban_closes_every_socket_of_the_user() {
    let usher = Usher::shared().await;
    let ada = user(&usher).await;
    let mut socket = usher.connect_live(&ada).await;
    let now = now_ms() + 1;
    let banned = user_object(&ada, now).replace(r#""banned":false"#, r#""banned":true"#);
    usher.deliver(usher.event("user.updated", &banned, now)).await.assert_outcome("updated");
    assert_eq!(socket.closed().await, "user-banned");
    let token = usher.session_token(&ada);
    let mut socket = usher.dial(&token).await.unwrap();
    assert_eq!(socket.hello(&token).await, json!({"type": "closed", "reason": "user-banned"}));
}

#[tokio::test]
async fn a_sign_out_closes_the_sockets_of_its_session() {
    let usher = Usher::shared().await;
    let ada = user(&usher).await;
    let signed_out = usher.session_token(&ada);
    let other = usher.token(&ada).claim("sid", "sess_other").minted_by(usher.clerk());
    let mut here = usher.connect_live(&ada).await;
    let mut there = usher.dial(&other).await.unwrap();
    assert_eq!(there.hello(&other).await["type"], "ready");

    for kind in ["session.ended", "session.removed", "session.revoked"] {
        let session = ada.replace("user_", "sess_");
        let session = json!({"object": "session", "id": session, "user_id": ada, "status": "ended"}).to_string();
        usher.deliver(usher.event(kind, &session, now_ms())).await.assert_outcome("ended");
    }
    assert_eq!(here.closed().await, "session-ended");
    // The token is valid for the rest of its minute, but it opens nothing any more.
    let mut again = usher.dial(&signed_out).await.unwrap();
    assert_eq!(again.hello(&signed_out).await, json!({"type": "closed", "reason": "session-ended"}));
    assert_eq!(there.hello(&other).await["type"], "ready");
}

#[tokio::test]
async fn the_51st_connection_closes_the_oldest() {
    let usher = Usher::shared().await;
    let ada = user(&usher).await;
    let mut oldest = usher.connect_live(&ada).await;
    let mut others = Vec::new();
    for _ in 0..50 {
        others.push(usher.connect_live(&ada).await);
    }
    assert_eq!(oldest.closed().await, "too-many-connections");
    let fifty = async || (connections(&usher, &ada).await == 50).then_some(());
    eventually("fifty connections", fifty).await;
    for socket in &mut others {
        assert_eq!(socket.hello(&usher.session_token(&ada)).await["type"], "ready");
    }
}

#[tokio::test]
async fn a_client_that_leaves_leaves_no_row() {
    let usher = Usher::shared().await;
    let ada = user(&usher).await;
    drop(usher.connect_live(&ada).await);
    let gone = async || (connections(&usher, &ada).await == 0).then_some(());
    eventually("the removal of the row", gone).await;
}

/// API Gateway does not guarantee the event of the end. The next message finds out.
#[tokio::test]
async fn a_lost_disconnect_ends_with_the_next_change() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = user(&usher).await;
    usher.stack().lose_disconnects(true);
    drop(usher.connect_live(&ada).await);
    let closed = async || usher.stack().connections().is_empty().then_some(());
    eventually("the end of the socket", closed).await;
    assert!(usher.processes("live-disconnect").is_empty(), "the event was not lost");
    usher.call_as(&ada, Method::PATCH, "/settings", json!({"a": 1})).await.expect_json();
    let gone = async || (connections(&usher, &ada).await == 0).then_some(());
    eventually("the removal of the row", gone).await;
}

#[tokio::test]
async fn an_ended_lease_closes_the_socket() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = user(&usher).await;
    let mut socket = usher.connect_live(&ada).await;
    let mut row = usher.rows(&ada).await.remove(0);
    row.insert("expires_at".into(), harness::integer(now_ms() / 1000 - 1));
    usher.seed([row]).await;
    assert_eq!(usher.stack().remove_expired_rows().await.unwrap(), 1);
    assert_eq!(socket.closed().await, "lease-expired");
}
