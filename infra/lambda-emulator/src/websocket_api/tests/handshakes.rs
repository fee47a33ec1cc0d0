use super::*;

#[tokio::test]
async fn a_handshake_echoes_the_protocol_of_the_function() {
    let fixture = Fixture::start(|_| {}).await;
    let response = json!({"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "v1"}});
    let command = json!({"do": "respond", "response": response});
    let protocols = [("sec-websocket-protocol", "v1, bearer.token"), ("origin", "https://app.example")];
    let socket = fixture.try_dial(&command, &protocols).await.unwrap();
    assert_eq!(socket.response.status(), 101);
    assert_eq!(socket.response.headers()["sec-websocket-protocol"], "v1");
    let without = fixture.try_dial(&json!({"do": "respond", "response": {"statusCode": 204}}), &[]).await.unwrap();
    assert_eq!(without.response.headers().get("sec-websocket-protocol"), None);
}

#[tokio::test]
async fn a_connect_event_has_headers_and_query() {
    let fixture = Fixture::start(|_| {}).await;
    fixture.try_dial(&json!({"x": 1}), &[("x-own", "here"), ("user-agent", "test")]).await.unwrap();
    let event = fixture.event("CONNECT").await;
    assert_eq!(event["headers"]["X-Own"], "here");
    assert_eq!(event["multiValueHeaders"]["Host"], json!([fixture.address]));
    assert_eq!(event["queryStringParameters"], json!({"command": r#"{"x":1}"#}));
    let context = &event["requestContext"];
    assert_eq!((&context["routeKey"], &context["stage"]), (&json!("$connect"), &json!("live")));
    assert_eq!(context["identity"], json!({"sourceIp": "127.0.0.1", "userAgent": "test"}));
    assert_eq!(event.get("body"), None);
}

#[tokio::test]
async fn a_refused_handshake_has_the_status_of_the_function() {
    let fixture = Fixture::start(|_| {}).await;
    for status in [401, 403, 500] {
        let response = json!({"statusCode": status, "body": "of the function"});
        let error = fixture.try_dial(&json!({"do": "respond", "response": response}), &[]).await.map(|_| ());
        let Err(Error::Http(response)) = error else { panic!("{error:?}") };
        assert_eq!(response.status(), status);
        let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
        assert!(body["message"].is_string() && body["connectionId"].is_string(), "{body}");
    }
    assert!(fixture.emulator.connections().is_empty());
    let line: Value = serde_json::from_str(&fixture.logged("api: ", r#""status":401"#).await).unwrap();
    assert_eq!((&line["route"], &line["reason"]), (&json!("GET /live"), &json!("$connect refused the connection")));
}

#[tokio::test]
async fn a_failing_connect_is_a_bad_gateway() {
    let fixture = Fixture::start(|_| {}).await;
    for command in [json!({"do": "error"}), json!({"do": "respond", "response": {}})] {
        let error = fixture.try_dial(&command, &[]).await.map(|_| ());
        let Err(Error::Http(response)) = error else { panic!("{error:?}") };
        assert_eq!(response.status(), 502);
        let body: Value = serde_json::from_slice(response.body().as_ref().unwrap()).unwrap();
        assert_eq!(body["message"], "Internal server error");
    }
}

#[tokio::test]
async fn a_request_without_upgrade_is_refused() {
    let fixture = Fixture::start(|_| {}).await;
    let url = format!("http://{}/live", fixture.address);
    assert_eq!(fixture.call(reqwest::Client::new().get(&url)).await.0, 426);
    let foreign = reqwest::Client::new().get(&url).header("host", "evil.example");
    assert_eq!(fixture.call(foreign).await.0, 403);
    let host = [("host", "evil.example")];
    assert!(matches!(fixture.try_dial(&json!({}), &host).await.map(|_| ()), Err(Error::Http(_))));
}
