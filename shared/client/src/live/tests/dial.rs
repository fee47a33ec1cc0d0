//! The handshake: subprotocols, tokens and refusals.

use std::{error::Error as _, sync::atomic::Ordering::SeqCst};

use usher_contract::ProblemCode;

use super::{Updates, all, counting_tokens, server::Server, start};
use crate::{Client, Error, LiveError, TokenSource};

#[tokio::test(start_paused = true)]
async fn a_handshake_offers_the_protocol_and_the_token() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let socket = server.accept().await;
    assert_eq!((socket.path.as_str(), socket.subprotocols.as_str()), ("/live", "usher.v1, bearer.t1"));
    assert!(updates.try_next().is_none());
}

#[tokio::test(start_paused = true)]
async fn another_url_can_be_given() {
    let (server, client, _) = start().await;
    let url = server.url.replace("http://", "ws://");
    let client = client.with_live_url(&format!("{url}/other")).unwrap();
    let _updates = Updates::of(&client);
    assert_eq!(server.accept().await.path, "/other");
    for url in ["ws://api.example.com/live", "https://api.example.com", "api.example.com", "wss://user@api.example.com"]
    {
        let error = client.clone().with_live_url(url).unwrap_err();
        assert!(matches!(error, Error::InvalidUrl(_)), "{url}");
    }
    assert!(client.with_live_url("wss://api.example.com/live").is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_refused_handshake_is_repeated_with_a_fresh_token() {
    let (server, client, asked) = start().await;
    let mut updates = Updates::of(&client);
    server.refuse(401).await;
    let mut socket = server.accept().await;
    assert_eq!(socket.subprotocols, "usher.v1, bearer.t2");
    assert_eq!(*asked.lock().unwrap(), [false, true]);
    socket.hello().await;
    socket.send(&super::READY).await;
    assert_eq!(updates.changed().await, all());
}

#[tokio::test(start_paused = true)]
async fn a_second_refused_handshake_ends_the_stream() {
    for status in [401, 403, 404] {
        let (server, client, _) = start().await;
        let mut updates = Updates::of(&client);
        server.refuse(status).await;
        if status == 401 {
            server.refuse(status).await;
        }
        let error = updates.end().await;
        assert!(matches!(&error, LiveError::Call(error) if error.status() == Some(status)), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_refused_token_is_not_offered_again() {
    let server = Server::start().await;
    let client = Client::new(&server.url, TokenSource::fixed("the-token")).unwrap();
    let mut updates = Updates::of(&client);
    server.refuse_with(ProblemCode::InvalidToken).await;
    let error = updates.end().await;
    assert!(matches!(&error, LiveError::Call(error) if error.code() == Some(ProblemCode::InvalidToken)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_may_succeed_later_is_repeated() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    for status in [429, 500, 503, 302] {
        server.refuse(status).await;
        let error = updates.disconnected().await;
        assert!(matches!(&error, LiveError::Call(error) if error.status() == Some(status)), "{error:?}");
    }
    server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
}

#[tokio::test(start_paused = true)]
async fn a_response_without_a_handshake_is_not_trusted() {
    let (server, client, _) = start().await;
    let mut updates = Updates::of(&client);
    let upgrade = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n";
    for response in [
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_owned(),
        format!("{upgrade}sec-websocket-protocol: usher.v1\r\n\r\n"),
        format!("{upgrade}sec-websocket-accept: x\r\nsec-websocket-protocol: usher.v1\r\n\r\n"),
    ] {
        server.answer(&response).await;
        let error = updates.disconnected().await;
        assert!(matches!(error, LiveError::Handshake(_)), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_gets_no_token() {
    let (server, client, _) = start().await;
    let other = Server::start().await;
    let mut updates = Updates::of(&client);
    let head = format!("HTTP/1.1 307 Moved\r\nlocation: {}/live\r\ncontent-length: 0\r\n\r\n", other.url);
    server.answer(&head).await;
    assert!(matches!(updates.disconnected().await, LiveError::Call(_)));
    // The next handshake goes to the first server again.
    server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
}

#[tokio::test(start_paused = true)]
async fn nobody_signed_in_ends_the_stream() {
    let server = Server::start().await;
    let client = Client::new(&server.url, TokenSource::new(|_| std::future::ready(Ok(None)))).unwrap();
    assert!(matches!(Updates::of(&client).end().await, LiveError::NoToken));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_token_source_is_not_the_end() {
    let (server, client, _) = start().await;
    let (tokens, _) = counting_tokens();
    let failures = std::sync::atomic::AtomicU32::new(2);
    let tokens = TokenSource::new(move |request| {
        let fails = failures.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
        let tokens = tokens.clone();
        async move {
            if fails {
                return Err("offline".into());
            }
            Ok(tokens.get(request.fresh).await.ok().flatten().map(|token| token.as_str().to_owned()))
        }
    });
    let mut updates = Updates::of(&client.with_tokens(tokens));
    for _ in 0..2 {
        let error = updates.disconnected().await;
        assert_eq!(error.source().unwrap().to_string(), "offline");
    }
    server.accept_ready().await;
    assert_eq!(updates.changed().await, all());
}

#[tokio::test(start_paused = true)]
async fn a_token_is_in_no_debug_text_of_updates() {
    for token in ["the-secret", "the-secret,x", "the-secret\r\n"] {
        let server = Server::start().await;
        let client = Client::new(&server.url, TokenSource::fixed(token)).unwrap();
        let mut updates = Updates::of(&client);
        let error = if token == "the-secret" {
            server.refuse(401).await;
            updates.end().await
        } else {
            updates.disconnected().await
        };
        for text in [format!("{client:?}"), format!("{error:?}"), error.to_string()] {
            assert!(!text.contains("the-secret"), "{text}");
        }
    }
}
