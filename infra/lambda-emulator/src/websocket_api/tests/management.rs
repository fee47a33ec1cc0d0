use super::*;

#[tokio::test]
async fn posts_reach_the_client_in_their_order() {
    let fixture = Fixture::start(|_| {}).await;
    let mut socket = fixture.dial().await;
    let id = socket.connection_id().await;
    for number in 0..20 {
        assert_eq!(fixture.post(&id, number.to_string()).await.0, 200);
    }
    for number in 0..20 {
        assert_eq!(socket.text().await, number.to_string());
    }
    // An SDK may escape the @ and the = of an id.
    let escaped = fixture.url(&id).replace('@', "%40").replace('=', "%3D");
    assert_eq!(fixture.call(reqwest::Client::new().post(escaped).body("escaped")).await.0, 200);
    assert_eq!(socket.text().await, "escaped");
}

#[tokio::test]
async fn a_connection_that_is_not_open_is_gone() {
    let fixture = Fixture::start(|_| {}).await;
    let client = reqwest::Client::new();
    let url = fixture.url("L0SM9cOFvHcCIhw=");
    for request in [client.post(&url), client.get(&url), client.delete(&url)] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 410);
        assert_eq!(response.headers()["x-amzn-errortype"], "GoneException");
        assert_eq!(response.json::<Value>().await.unwrap(), json!({"message": "Gone"}));
    }
    // During `$connect` the connection is not open yet.
    let command = json!({"do": "post", "url": format!("http://{}/live", fixture.address)});
    let mut socket = fixture.try_dial(&command, &[]).await.unwrap();
    assert_eq!(fixture.logged("posted ", "posted ").await, "410");
    socket.send(command.to_string()).await;
    assert_eq!(socket.text().await, "hello");
}

#[tokio::test]
async fn a_deleted_connection_gets_its_messages_and_is_closed() {
    let fixture = Fixture::start(|_| {}).await;
    let mut socket = fixture.dial().await;
    let id = socket.connection_id().await;
    assert_eq!(fixture.post(&id, "last").await.0, 200);
    assert_eq!(fixture.call(reqwest::Client::new().delete(fixture.url(&id))).await.0, 204);
    assert_eq!(fixture.post(&id, "late").await.0, 410);
    assert_eq!(socket.text().await, "last");
    assert_eq!(socket.closed().await.0, 1000);
    assert_eq!(fixture.event("DISCONNECT").await["requestContext"]["disconnectStatusCode"], 1000);
}

#[tokio::test]
async fn a_connection_is_described() {
    let fixture = Fixture::start(|_| {}).await;
    let mut socket = fixture.try_dial(&json!({}), &[("user-agent", "test")]).await.unwrap();
    let id = socket.connection_id().await;
    let (status, body) = fixture.call(reqwest::Client::new().get(fixture.url(&id))).await;
    assert_eq!(status, 200);
    assert_eq!(body["identity"], json!({"sourceIp": "127.0.0.1", "userAgent": "test"}));
    let time = |name: &str| body[name].as_str().unwrap().to_owned();
    assert!(time("connectedAt").ends_with('Z') && time("connectedAt") < time("lastActiveAt"), "{body}");
}

#[tokio::test]
async fn a_post_has_at_most_128_kb() {
    let fixture = Fixture::start(|_| {}).await;
    let mut socket = fixture.dial().await;
    let id = socket.connection_id().await;
    assert_eq!(fixture.post(&id, vec![b'x'; 128 * 1024 + 1]).await.0, 413);
    assert_eq!(fixture.post(&id, vec![0xff]).await.0, 400);
    assert_eq!(fixture.post(&id, vec![b'x'; 128 * 1024]).await.0, 200);
    assert_eq!(socket.text().await.len(), 128 * 1024);
}

#[tokio::test]
async fn a_client_that_does_not_read_blocks_no_other() {
    let fixture = Fixture::start(|_| {}).await;
    let (mut slow, mut other) = (fixture.dial().await, fixture.dial().await);
    let (slow_id, other_id) = (slow.connection_id().await, other.connection_id().await);
    let mut refused = None;
    // The buffers of the sockets take some megabytes.
    for _ in 0..1000 {
        match fixture.post(&slow_id, vec![b'x'; 128 * 1024]).await.0 {
            200 => {}
            status => {
                refused = Some(status);
                break;
            }
        }
    }
    assert_eq!(refused, Some(429));
    assert_eq!(fixture.post(&other_id, "here").await.0, 200);
    assert_eq!(other.text().await, "here");
    // A client that does not read is closed too.
    assert_eq!(fixture.call(reqwest::Client::new().delete(fixture.url(&slow_id))).await.0, 204);
    let context = fixture.event("DISCONNECT").await["requestContext"].clone();
    assert_eq!((&context["connectionId"], &context["disconnectStatusCode"]), (&json!(slow_id), &json!(1000)));
    assert_eq!(slow.text().await.len(), 128 * 1024);
}

#[tokio::test]
async fn web_pages_do_not_reach_the_management_api() {
    let fixture = Fixture::start(|_| {}).await;
    let page = [("origin", "https://app.example")];
    let mut socket = fixture.try_dial(&json!({}), &page).await.unwrap();
    let id = socket.connection_id().await;
    let request = || reqwest::Client::new().post(fixture.url(&id)).body("hello");
    for (name, value) in [("origin", "https://app.example"), ("sec-fetch-site", "cross-site"), ("host", "evil.example")]
    {
        assert_eq!(fixture.call(request().header(name, value)).await.0, 403, "{name}");
    }
    assert_eq!(fixture.call(request()).await.0, 200);
    assert_eq!(socket.text().await, "hello");
}
