use std::{
    future::IntoFuture as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Router, body::Body as AxumBody, extract::State, http::request::Parts, routing::post};
use futures_util::stream;
use http_body_util::BodyExt as _;
use tokio::{net::TcpListener, sync::mpsc};

use super::*;

/// What a Runtime API gets of one response.
#[derive(Debug)]
enum Received {
    Head(Box<Parts>),
    Data(Bytes),
    Trailers(HeaderMap),
    End,
    Broken,
}

/// A Runtime API that reads at most `frames` frames of a response, and then breaks its connection off.
async fn runtime_api(frames: usize) -> (PooledClient, mpsc::UnboundedReceiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::unbounded_channel();
    let read = async move |State(sender): State<mpsc::UnboundedSender<Received>>, request: axum::extract::Request| {
        let (head, mut body): (_, AxumBody) = request.into_parts();
        sender.send(Received::Head(Box::new(head))).unwrap();
        for _ in 0..frames {
            match body.frame().await {
                None => return sender.send(Received::End).unwrap(),
                Some(Err(_)) => return sender.send(Received::Broken).unwrap(),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => sender.send(Received::Data(data)).unwrap(),
                    Err(frame) => sender.send(Received::Trailers(frame.into_trailers().unwrap())).unwrap(),
                },
            }
        }
        panic!("the connection breaks off");
    };
    let router = Router::new().route("/2018-06-01/runtime/invocation/{id}/response", post(read)).with_state(sender);
    tokio::spawn(axum::serve(listener, router).into_future());
    (PooledClient::builder().with_endpoint(endpoint.parse().unwrap()).build(), receiver)
}

async fn data(received: &mut mpsc::UnboundedReceiver<Received>) -> Bytes {
    match received.recv().await.unwrap() {
        Received::Data(data) => data,
        other => panic!("{other:?}"),
    }
}

fn chunk(text: &'static str) -> Result<Bytes, Problem> {
    Ok(Bytes::from_static(text.as_bytes()))
}

#[tokio::test]
async fn a_chunk_arrives_before_the_next_one_is_made() {
    let (client, mut received) = runtime_api(usize::MAX).await;
    let (sender, chunks) = mpsc::channel(1);
    let chunks = stream::unfold(chunks, async |mut chunks| Some((chunks.recv().await?, chunks)));
    let response = StreamedResponse::new("text/plain", chunks);
    let story = async {
        let Some(Received::Head(head)) = received.recv().await else { panic!() };
        assert_eq!(head.uri.path(), "/2018-06-01/runtime/invocation/r1/response");
        assert_eq!(head.headers["lambda-runtime-function-response-mode"], "streaming");
        let prelude = data(&mut received).await;
        let (prelude, delimiter) = prelude.split_at(prelude.len() - 8);
        assert_eq!(delimiter, [0; 8]);
        let prelude: serde_json::Value = serde_json::from_slice(prelude).unwrap();
        assert_eq!((&prelude["statusCode"], &prelude["headers"]["content-type"]), (&json!(200), &json!("text/plain")));
        for text in ["a", "b"] {
            sender.send(chunk(text)).await.unwrap();
            assert_eq!(data(&mut received).await, text);
        }
        drop(sender);
        assert!(matches!(received.recv().await.unwrap(), Received::End));
    };
    let (problem, ()) = join!(deliver(&client, "r1", response), story);
    assert_eq!(problem, None);
}

#[tokio::test]
async fn an_error_in_the_middle_is_in_the_trailers() {
    let (client, mut received) = runtime_api(usize::MAX).await;
    let chunks = stream::iter([chunk("a"), Err(Problem::internal()), chunk("never sent")]);
    let problem = deliver(&client, "r1", StreamedResponse::new("text/plain", chunks)).await;
    assert_eq!(problem, Some(Problem::internal()));
    received.recv().await.unwrap();
    data(&mut received).await;
    assert_eq!(data(&mut received).await, "a");
    let Some(Received::Trailers(trailers)) = received.recv().await else { panic!() };
    assert_eq!(trailers["lambda-runtime-function-error-type"], "internal");
    let body = BASE64_STANDARD.decode(&trailers["lambda-runtime-function-error-body"]).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["errorType"], "internal");
}

#[tokio::test]
async fn a_panic_in_the_middle_is_an_error_too() {
    let (client, mut received) = runtime_api(usize::MAX).await;
    let chunks = stream::once(async { panic!("a mistake") });
    let problem = deliver(&client, "r1", StreamedResponse::new("text/plain", chunks)).await;
    assert_eq!(problem, Some(Problem::internal()));
    received.recv().await.unwrap();
    data(&mut received).await;
    assert!(matches!(received.recv().await, Some(Received::Trailers(_))));
}

/// Delivers 100,000 chunks of 1 KB to a Runtime API that breaks off. Returns how many were made.
async fn made_without_client(even_without_client: bool) -> usize {
    let (client, _received) = runtime_api(2).await;
    let made = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&made);
    let chunks = stream::iter(0..100_000).map(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(Bytes::from_static(&[b'x'; 1024]))
    });
    let response = StreamedResponse::new("text/plain", chunks);
    let response = if even_without_client { response.even_without_client() } else { response };
    assert_eq!(deliver(&client, "r1", response).await, None);
    made.load(Ordering::Relaxed)
}

#[tokio::test]
async fn a_body_that_must_be_made_is_made_without_a_client() {
    assert_eq!(made_without_client(true).await, 100_000);
}

#[tokio::test]
async fn another_body_ends_with_the_connection() {
    let made = made_without_client(false).await;
    assert!(made < 50_000, "{made}");
}
