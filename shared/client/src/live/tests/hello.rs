//! Hellos: the first, the renewals, and the answers.

use std::time::Duration;

use tokio::time::Instant;
use usher_contract::ProblemCode;

use super::{READY, RENEW_IN_MS, Updates, all, error, start, time::pass};
use crate::LiveError;

#[tokio::test(start_paused = true)]
async fn hello_is_said_at_once_and_when_it_is_due() {
    let (server, client, asked) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept().await;
    for token in ["t2", "t3", "t4"] {
        let start = Instant::now();
        assert_eq!(socket.hello().await, token);
        let waited = start.elapsed().as_millis();
        let due = if token == "t2" { 0 } else { u128::from(RENEW_IN_MS) };
        assert!((due..due + 2_000).contains(&waited), "{waited} ms");
        socket.send(&READY).await;
    }
    assert_eq!(*asked.lock().unwrap(), [false; 4]);
    assert_eq!(updates.changed().await, all());
    assert!(updates.try_next().is_none(), "a renewal misses nothing");
}

#[tokio::test(start_paused = true)]
async fn a_hello_without_an_answer_closes_the_socket() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept().await;
    socket.hello().await;
    let start = Instant::now();
    socket.closed().await;
    let waited = start.elapsed().as_millis();
    assert!((9_900..10_100).contains(&waited), "{waited} ms");
    assert!(matches!(updates.disconnected().await, LiveError::TimedOut(_)));
    server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
}

#[tokio::test(start_paused = true)]
async fn a_renewal_without_an_answer_closes_the_socket() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
    socket.hello().await;
    let start = Instant::now();
    socket.closed().await;
    assert!((9_900..10_100).contains(&start.elapsed().as_millis()));
    assert!(matches!(updates.disconnected().await, LiveError::TimedOut(_)));
}

#[tokio::test(start_paused = true)]
async fn a_handshake_without_an_answer_is_repeated() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    server.answer("").await;
    assert!(matches!(updates.disconnected().await, LiveError::TimedOut(_) | LiveError::Call(_)));
    server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
}

#[tokio::test(start_paused = true)]
async fn a_refused_hello_is_said_again_with_a_fresh_token() {
    let (server, client, asked) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept().await;
    assert_eq!(socket.hello().await, "t2");
    socket.send(&error(ProblemCode::InvalidToken)).await;
    assert_eq!(socket.hello().await, "t3");
    assert_eq!(*asked.lock().unwrap(), [false, false, true]);
    socket.send(&READY).await;
    assert_eq!(updates.changed().await, all());
    // Each renewal may need a fresh token.
    socket.hello().await;
    socket.send(&error(ProblemCode::NoToken)).await;
    socket.hello().await;
    assert_eq!(asked.lock().unwrap()[3..], [false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_second_refused_hello_ends_the_stream() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept().await;
    for _ in 0..2 {
        socket.hello().await;
        socket.send(&error(ProblemCode::InvalidToken)).await;
    }
    let end = updates.end().await;
    assert!(matches!(&end, LiveError::Call(error) if error.code() == Some(ProblemCode::InvalidToken)), "{end:?}");
    socket.closed().await;
}

#[tokio::test(start_paused = true)]
async fn hello_is_said_again_on_the_same_socket() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept().await;
    let codes =
        [ProblemCode::UserNotSynced, ProblemCode::Unavailable, ProblemCode::KeysUnavailable, ProblemCode::Conflict];
    for (code, bound) in codes.into_iter().zip([100, 200, 400, 800]) {
        socket.hello().await;
        let start = Instant::now();
        socket.send(&error(code)).await;
        let disconnected = updates.disconnected().await;
        assert!(matches!(&disconnected, LiveError::Call(error) if error.code() == Some(code)), "{disconnected:?}");
        assert!(start.elapsed().as_millis() <= bound + 50);
    }
    socket.hello().await;
    socket.send(&READY).await;
    assert_eq!(updates.changed().await, all());

    // A renewal that has to wait does not disconnect.
    socket.hello().await;
    socket.send(&error(ProblemCode::Unavailable)).await;
    socket.hello().await;
    assert!(updates.try_next().is_none());
}

#[tokio::test(start_paused = true)]
async fn an_internal_error_opens_another_socket() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept().await;
    socket.hello().await;
    socket.send(&error(ProblemCode::Internal)).await;
    socket.closed().await;
    assert!(matches!(updates.disconnected().await, LiveError::Call(_)));
    server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
}

#[tokio::test(start_paused = true)]
async fn a_hello_that_can_never_succeed_ends_the_stream() {
    for code in [ProblemCode::TooLarge, ProblemCode::Malformed, ProblemCode::UserDeleted, ProblemCode::UserBanned] {
        let (server, client, asked) = start().await;
        let mut updates = Updates::of(&client);
        let mut socket = server.accept().await;
        socket.hello().await;
        socket.send(&error(code)).await;
        let end = updates.end().await;
        assert!(matches!(&end, LiveError::Call(error) if error.code() == Some(code)), "{end:?}");
        assert_eq!(*asked.lock().unwrap(), [false, false]);
    }
}

#[tokio::test(start_paused = true)]
async fn messages_of_a_later_version_are_ignored() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
    for text in [r#"{"type":"news"}"#, r#"{"message":"Internal server error","connectionId":"c"}"#, "", "[]"] {
        socket.send_text(text).await;
    }
    pass(Duration::from_secs(1)).await;
    assert!(updates.try_next().is_none());
    socket.send(&super::changed([usher_contract::live::ChangeKey::User])).await;
    assert_eq!(updates.changed().await.len(), 1);
}
