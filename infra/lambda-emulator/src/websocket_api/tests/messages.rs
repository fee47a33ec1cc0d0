use super::*;

#[tokio::test]
async fn a_message_is_answered_by_its_route_response() {
    let fixture = Fixture::start(|_| {}).await;
    let mut socket = fixture.dial().await;
    let event = socket.echo(r#"{"hello":1}"#).await;
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(r#"{"hello":1}"#), &json!(false)));
    let context = &event["requestContext"];
    assert_eq!((&context["routeKey"], &context["eventType"]), (&json!("$default"), &json!("MESSAGE")));
    let connect = fixture.event("CONNECT").await;
    for same in ["connectionId", "connectedAt", "domainName", "identity"] {
        assert_eq!(context[same], connect["requestContext"][same], "{same}");
    }
}

#[tokio::test]
async fn a_route_without_a_response_is_silent() {
    let fixture = Fixture::start(|_| {}).await;
    let mut socket = fixture.dial().await;
    socket.send(r#"{"action":"quiet"}"#).await;
    let event = fixture.event("MESSAGE").await;
    assert_eq!(event["requestContext"]["routeKey"], "quiet");
    // A response with a blank body is not sent either.
    socket.send(json!({"do": "respond", "response": {"statusCode": 200}}).to_string()).await;
    assert_eq!(socket.echo("{}").await["body"], "{}");
}

#[tokio::test]
async fn a_failing_function_sends_the_message_of_the_gateway() {
    let fixture = Fixture::start(|_| {}).await;
    let mut socket = fixture.dial().await;
    let id = socket.connection_id().await;
    for command in [json!({"do": "error"}), json!({"do": "error", "action": "quiet"})] {
        let answer = socket.echo(&command.to_string()).await;
        assert_eq!((&answer["message"], &answer["connectionId"]), (&json!("Internal server error"), &json!(id)));
        assert!(answer["requestId"].is_string());
    }
}

#[tokio::test]
async fn the_size_of_messages_and_frames_is_limited() {
    let fixture = Fixture::start(|_| {}).await;
    let mut socket = fixture.dial().await;
    assert_eq!(socket.echo(&"x".repeat(32 * 1024)).await["body"].as_str().unwrap().len(), 32 * 1024);
    socket.send("x".repeat(32 * 1024 + 1)).await;
    assert_eq!(socket.closed().await, (1009, "Message too big".to_owned()));
    assert_eq!(fixture.event("DISCONNECT").await["requestContext"]["disconnectStatusCode"], 1009);
}

#[tokio::test]
async fn a_message_may_have_several_frames_up_to_128_kb() {
    use tokio_tungstenite::tungstenite::protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    };
    let fixture = Fixture::start(|_| {}).await;
    for (frames, is_accepted) in [(4, true), (5, false)] {
        let mut socket = fixture.dial().await;
        for number in 1..=frames {
            let kind = if number == 1 { Data::Text } else { Data::Continue };
            let frame = Frame::message(vec![b'x'; 32 * 1024], OpCode::Data(kind), number == frames);
            socket.stream.send(Message::Frame(frame)).await.unwrap();
        }
        if is_accepted {
            let event: Value = serde_json::from_str(&socket.text().await).unwrap();
            assert_eq!(event["body"].as_str().unwrap().len(), 128 * 1024);
        } else {
            assert_eq!(socket.closed().await.0, 1009);
        }
    }
}

#[tokio::test]
async fn a_binary_message_closes_the_socket() {
    let fixture = Fixture::start(|_| {}).await;
    let mut socket = fixture.dial().await;
    socket.stream.send(Message::binary(vec![1, 2])).await.unwrap();
    assert_eq!(socket.closed().await.0, 1003);
}
