//! The events of the connections, for an observer outside of the template.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use super::Fixture;
use crate::WebSocketEvent;

#[tokio::test]
async fn an_observer_sees_opens_messages_and_ends() {
    let fixture = Fixture::start(|_| {}).await;
    let mut events = fixture.emulator.follow_connections().unwrap();
    let mut next = async || timeout(Duration::from_secs(20), events.recv()).await.unwrap().unwrap();
    for is_cut in [true, false] {
        let mut socket = fixture.dial().await;
        let WebSocketEvent::Opened { connection_id } = next().await else { panic!("not opened") };
        let open = fixture.emulator.list_connections();
        assert_eq!(open.iter().map(|socket| &socket.connection_id).collect::<Vec<_>>(), [&connection_id]);
        assert!(open[0].source_ip.is_loopback() && open[0].connected_at <= open[0].last_active_at);

        fixture.post(&connection_id, "bell").await;
        assert_eq!(
            next().await,
            WebSocketEvent::Sent { connection_id: connection_id.clone(), text: "bell".to_owned() }
        );
        assert_eq!(socket.text().await, "bell");
        // The response of a route is a message too.
        socket.echo("{}").await;
        let WebSocketEvent::Sent { text, .. } = next().await else { panic!("no response") };
        assert!(text.contains("requestContext"), "{text}");

        let end = |id: &str| match is_cut {
            true => fixture.emulator.cut_connection(id),
            false => fixture.emulator.close_connection(id),
        };
        assert!(end(&connection_id) && !end(&connection_id));
        assert_eq!(next().await, WebSocketEvent::Closed { connection_id });
        if !is_cut {
            assert_eq!(socket.closed().await.0, 1000);
        }
        assert!(fixture.emulator.list_connections().is_empty());
    }
}

#[tokio::test]
async fn a_message_to_a_connection_that_is_gone_is_no_event() {
    let fixture = Fixture::start(|_| {}).await;
    let mut events = fixture.emulator.follow_connections().unwrap();
    assert_eq!(fixture.post("gone", "bell").await, (410, json!({"message": "Gone"})));
    assert!(events.try_recv().is_err());
}
