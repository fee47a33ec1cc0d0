//! The handshake judges the token as any route does, and stores nothing.

use harness::{LiveSocket, Refused, Usher, new_user_id};

#[tokio::test]
async fn a_valid_token_opens_a_socket_and_no_row() {
    let usher = Usher::shared().await;
    let user = new_user_id();
    usher.deliver_user_created(&user).await;
    let socket = usher.dial(&usher.session_token(&user)).await;
    assert!(socket.is_ok());
    assert_eq!(usher.rows(&user).await.len(), 1);
}

#[tokio::test]
async fn a_handshake_without_a_valid_token_is_refused() {
    let usher = Usher::shared().await;
    let token = usher.session_token(&new_user_id());
    for (subprotocols, status) in [
        ("usher.v1".to_owned(), 401),
        ("usher.v1, bearer.".to_owned(), 401),
        ("usher.v1, bearer.a.b.c".to_owned(), 401),
        (format!("usher.v1, bearer.{token}x"), 401),
        (format!("usher.v1, bearer.{token}, bearer.{token}"), 401),
        (format!("bearer.{token}"), 400),
        (format!("usher.v2, bearer.{token}"), 400),
        (String::new(), 400),
    ] {
        let Err(Refused(refused)) = LiveSocket::dial(usher.live_url(), &subprotocols).await else {
            panic!("{subprotocols} was accepted")
        };
        assert_eq!(refused.as_u16(), status, "{subprotocols}");
    }
}

#[tokio::test]
async fn the_order_of_the_subprotocols_does_not_matter() {
    let usher = Usher::shared().await;
    let token = usher.session_token(&new_user_id());
    assert!(LiveSocket::dial(usher.live_url(), &format!("bearer.{token},usher.v1")).await.is_ok());
}
