//! The reasons for which the server closes a socket, and the end of the stream.

use usher_contract::live::CloseReason;

use super::{Updates, all, closed, start};
use crate::LiveError;

#[tokio::test(start_paused = true)]
async fn a_final_reason_ends_the_stream() {
    for reason in
        [CloseReason::UserDeleted, CloseReason::UserBanned, CloseReason::SessionEnded, CloseReason::TooManyConnections]
    {
        let (server, client, _) = start().await;
        let mut updates = Updates::of(&client);
        let mut socket = server.accept_ready().await;
        socket.send(&closed(reason)).await;
        let end = updates.end().await;
        assert!(matches!(end, LiveError::Closed(found) if found == reason), "{end:?}");
        socket.closed().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_final_answer_to_the_first_hello_ends_the_stream() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let mut socket = server.accept().await;
    socket.hello().await;
    socket.send(&closed(CloseReason::UserDeleted)).await;
    let end = updates.end().await;
    assert!(matches!(end, LiveError::Closed(CloseReason::UserDeleted)), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn any_other_reason_opens_another_socket() {
    for reason in [CloseReason::OtherUser, CloseReason::LeaseExpired, CloseReason::Removed, CloseReason::Unknown] {
        let (server, client, _) = start().await;
        let mut updates = Updates::of(&client);
        let mut socket = server.accept_ready().await;
        assert_eq!(updates.changed().await, all());
        socket.send(&closed(reason)).await;
        let disconnected = updates.disconnected().await;
        assert!(matches!(disconnected, LiveError::Closed(found) if found == reason), "{disconnected:?}");
        socket.closed().await;
        server.accept_ready().await;
        assert_eq!(updates.changed().await, all());
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_closes_the_socket() {
    let (server, client, _) = start().await;
    let updates = Updates::of(&client);
    let socket = server.accept_ready().await;
    drop(updates);
    socket.closed().await;
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_ends_a_handshake() {
    let (server, client, _) = start().await;
    let updates = Updates::of(&client);
    let socket = server.accept().await;
    drop(updates);
    socket.closed().await;
}
