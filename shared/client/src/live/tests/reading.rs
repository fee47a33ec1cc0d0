//! What the reader of the stream gets, however slowly it reads.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::Instant;
use usher_contract::{
    ThreadId,
    live::{ChangeKey, CloseReason},
};
use uuid::Version;

use super::{READY, Updates, all, changed, closed, start, time::pass};
use crate::LiveError;

/// A key with an id of version 7, which is the only one that is read.
fn thread(id: u128) -> ChangeKey {
    ChangeKey::Thread(ThreadId::from_uuid(uuid::Builder::from_u128(id).with_version(Version::SortRand).into_uuid()))
}

#[tokio::test(start_paused = true)]
async fn changes_within_25_ms_are_one_event() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
    socket.send(&changed([ChangeKey::Threads])).await;
    pass(Duration::from_millis(20)).await;
    assert!(updates.try_next().is_none());
    socket.send(&changed([thread(1), ChangeKey::Threads])).await;
    let start = Instant::now();
    assert_eq!(updates.changed().await, BTreeSet::from([ChangeKey::Threads, thread(1)]));
    assert!(start.elapsed() < Duration::from_millis(20), "{:?} after the second change", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_change_before_the_connection_is_ready_is_not_first() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept().await;
    socket.hello().await;
    socket.send(&changed([ChangeKey::Threads])).await;
    pass(Duration::from_secs(1)).await;
    assert!(updates.try_next().is_none());
    socket.send(&READY).await;
    assert_eq!(updates.changed().await, all());
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_loses_no_change() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
    for id in 1..=100 {
        socket.send(&changed([thread(id)])).await;
        pass(Duration::from_secs(1)).await;
    }
    assert_eq!(updates.changed().await, (1..=100).map(thread).collect());
    assert!(updates.try_next().is_none());
}

#[tokio::test(start_paused = true)]
async fn too_many_unread_keys_become_all() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
    for id in 1..=300 {
        socket.send(&changed([thread(id)])).await;
    }
    pass(Duration::from_secs(1)).await;
    assert_eq!(updates.changed().await, all());
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_gets_changes_before_a_loss() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
    socket.send(&changed([ChangeKey::User])).await;
    drop(socket);
    pass(Duration::from_millis(30)).await;
    assert_eq!(updates.changed().await, BTreeSet::from([ChangeKey::User]));
    assert!(matches!(updates.disconnected().await, LiveError::Lost(_)));
}

#[tokio::test(start_paused = true)]
async fn a_loss_that_is_over_is_not_reported() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
    socket.send(&changed([ChangeKey::User])).await;
    drop(socket);
    let mut socket = server.accept_ready().await;
    pass(Duration::from_secs(1)).await;
    assert_eq!(updates.changed().await, all());
    assert!(updates.try_next().is_none());
    socket.send(&changed([ChangeKey::User])).await;
    socket.send(&closed(CloseReason::UserDeleted)).await;
    pass(Duration::from_secs(1)).await;
    assert!(matches!(updates.next().await, Err(LiveError::Closed(CloseReason::UserDeleted))), "the end comes first");
}
