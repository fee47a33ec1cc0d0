//! Connects again after a loss, and before the time of a socket is over.

use std::time::Duration;

use tokio::time::Instant;
use usher_contract::live::{ChangeKey, CloseReason};

use super::{READY, Updates, all, changed, closed, start, time::pass};
use crate::LiveError;

#[tokio::test(start_paused = true)]
async fn a_lost_socket_is_replaced_and_all_is_read_again() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    drop(server.accept_ready().await);
    let start = Instant::now();
    let socket = server.accept_ready().await;
    assert!(start.elapsed() <= Duration::from_millis(150));
    assert_eq!(updates.changed().await, all());
    drop(socket);
    assert!(matches!(updates.disconnected().await, LiveError::Lost(_)));
    server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
}

/// Lets handshakes fail. Returns the longest of the waits before them.
async fn fail(server: &super::Server, times: usize) -> Duration {
    let mut longest = Duration::ZERO;
    for _ in 0..times {
        let start = Instant::now();
        server.refuse(503).await;
        longest = start.elapsed().max(longest);
    }
    longest
}

#[tokio::test(start_paused = true)]
async fn the_waits_between_handshakes_grow_to_16_s() {
    let (server, client, _) = start().await;
    let _updates = Updates::of(&client);
    assert!(fail(&server, 3).await <= Duration::from_millis(250), "100 ms and 200 ms at most");
    let longest = fail(&server, 30).await;
    assert!((Duration::from_secs(8)..Duration::from_millis(16_050)).contains(&longest), "{longest:?}");
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_works_resets_the_waits() {
    let (server, client, _) = start().await;
    let _updates = Updates::of(&client);
    fail(&server, 12).await;
    let socket = server.accept_ready().await;
    pass(Duration::from_secs(17)).await;
    drop(socket);
    assert!(fail(&server, 3).await <= Duration::from_millis(450));
}

#[tokio::test(start_paused = true)]
async fn sockets_that_are_lost_at_once_are_not_opened_at_once() {
    let (server, client, _) = start().await;
    let _updates = Updates::of(&client);
    let start = Instant::now();
    for _ in 0..30 {
        drop(server.accept_ready().await);
    }
    assert!(start.elapsed() > Duration::from_secs(60), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_next_socket_is_ready_before_the_old_one_ends() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let start = Instant::now();
    let mut old = server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
    // The last renewal within 110 minutes.
    for _ in 0..13 {
        old.hello().await;
        old.send(&READY).await;
    }
    let mut next = server.accept().await;
    let minutes = start.elapsed().as_secs_f64() / 60.0;
    assert!((109.9..115.1).contains(&minutes), "{minutes} minutes");
    next.hello().await;
    // The old socket works until the next one is ready.
    old.send(&changed([ChangeKey::User])).await;
    assert_eq!(updates.changed().await.len(), 1);
    next.send(&READY).await;
    old.closed().await;
    assert_eq!(updates.changed().await, all());
    next.send(&changed([ChangeKey::Threads])).await;
    assert_eq!(updates.changed().await.len(), 1);
    assert!(updates.try_next().is_none());
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_connections_may_close_the_old_socket() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut old = server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
    for _ in 0..13 {
        old.hello().await;
        old.send(&READY).await;
    }
    let mut next = server.accept().await;
    next.hello().await;
    old.send(&closed(CloseReason::TooManyConnections)).await;
    old.closed().await;
    assert!(matches!(updates.disconnected().await, LiveError::Closed(CloseReason::TooManyConnections)));
    next.send(&READY).await;
    assert_eq!(updates.changed().await, all());
}

#[tokio::test(start_paused = true)]
async fn a_failed_replacement_leaves_the_old_socket() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut old = server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
    for _ in 0..13 {
        old.hello().await;
        old.send(&READY).await;
    }
    fail(&server, 3).await;
    old.send(&changed([ChangeKey::User])).await;
    assert_eq!(updates.changed().await.len(), 1);
    server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
    old.closed().await;
}
