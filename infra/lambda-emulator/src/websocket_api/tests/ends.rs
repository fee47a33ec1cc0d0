use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};

use super::*;

#[tokio::test]
async fn a_disconnect_has_the_close_code_of_the_client() {
    let fixture = Fixture::start(|_| {}).await;
    let mut socket = fixture.dial().await;
    let id = socket.connection_id().await;
    let frame = CloseFrame { code: CloseCode::Normal, reason: "done".into() };
    socket.stream.close(Some(frame)).await.unwrap();
    assert_eq!(socket.closed().await, (1000, "done".to_owned()));
    let context = fixture.event("DISCONNECT").await["requestContext"].clone();
    assert_eq!((&context["disconnectStatusCode"], &context["disconnectReason"]), (&json!(1000), &json!("done")));
    assert_eq!((&context["connectionId"], &context["routeKey"]), (&json!(id), &json!("$disconnect")));
    assert_eq!(fixture.post(&id, "late").await.0, 410);
}

#[tokio::test]
async fn a_lost_socket_is_disconnected_too() {
    let fixture = Fixture::start(|_| {}).await;
    drop(fixture.dial().await);
    assert_eq!(fixture.event("DISCONNECT").await["requestContext"]["disconnectStatusCode"], 1006);
    assert!(fixture.emulator.connections().is_empty());
}

#[tokio::test]
async fn an_idle_socket_is_closed_after_its_time_out() {
    let idle_timeout = Duration::from_millis(1500);
    let fixture = Fixture::start(|options| options.websocket_idle_timeout = idle_timeout).await;
    let mut socket = fixture.dial().await;
    let id = socket.connection_id().await;
    // A message to the client counts, and a ping does not.
    assert_eq!(fixture.post(&id, "hello").await.0, 200);
    let last_message = Instant::now();
    assert_eq!(socket.text().await, "hello");
    socket.stream.send(Message::Ping(Vec::new().into())).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Message::Pong(_)))));
    assert_eq!(socket.closed().await, (1001, "Going away".to_owned()));
    assert!(last_message.elapsed() > Duration::from_millis(1400), "{:?}", last_message.elapsed());
    assert_eq!(fixture.event("DISCONNECT").await["requestContext"]["disconnectReason"], "Going away");
}

#[tokio::test]
async fn a_socket_is_closed_after_the_maximum_duration() {
    let max_duration = Duration::from_millis(1500);
    let fixture = Fixture::start(|options| options.websocket_max_duration = max_duration).await;
    let mut socket = fixture.dial().await;
    let opened = Instant::now();
    while opened.elapsed() < max_duration {
        socket.send("{}").await;
        match socket.next().await {
            Some(Ok(Message::Text(_))) => {}
            Some(Ok(Message::Close(Some(frame)))) => {
                assert_eq!(frame.code, CloseCode::Away);
                return;
            }
            other => panic!("{other:?}"),
        }
    }
    while let Some(Ok(Message::Text(_))) = socket.next().await {}
    assert_eq!(fixture.event("DISCONNECT").await["requestContext"]["disconnectStatusCode"], 1001);
}

#[tokio::test]
async fn a_cut_socket_ends_without_a_close_frame() {
    let fixture = Fixture::start(|_| {}).await;
    let (mut cut, mut other) = (fixture.dial().await, fixture.dial().await);
    let id = cut.connection_id().await;
    assert_eq!(fixture.emulator.connections().len(), 2);
    fixture.emulator.lose_disconnects(true);
    assert!(fixture.emulator.cut_connection(&id));
    assert!(!fixture.emulator.cut_connection(&id));
    assert!(matches!(cut.next().await, Some(Err(_)) | None));
    assert_eq!(fixture.post(&id, "late").await.0, 410);
    // The other socket is open, and its end is not lost.
    fixture.emulator.lose_disconnects(false);
    let other_id = other.connection_id().await;
    assert!(fixture.emulator.cut_connection(&other_id));
    assert_eq!(fixture.event("DISCONNECT").await["requestContext"]["connectionId"], other_id);
}
