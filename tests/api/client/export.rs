//! The client's export: it is checked while it is written.

use axum::body::Body;
use futures_util::stream;
use harness::{Usher, conversation_rows};
use serde_json::Value;
use usher_client::{
    Client, ExportError, Incomplete, TokenSource,
    contract::{ExportCounts, ProblemCode},
};

use super::{
    client_of, new_client,
    scripted_server::{ScriptedServer, response},
};

#[tokio::test]
async fn an_export_of_many_responses_is_one_file() {
    let usher = Usher::with_environment([("EXPORT_RESPONSE_BYTES", Some("100000"))]).await;
    let (ada, client) = new_client(&usher).await;
    usher.seed(conversation_rows(&ada.id, 700, 2_100)).await;
    let (mut file, mut progress) = (Vec::new(), Vec::new());
    let written = client.export_current_user(&mut file, |step| progress.push(step)).await.unwrap();
    assert_eq!(written.counts, ExportCounts { users: 1, settings: 1, threads: 700, messages: 2_100 });
    assert_eq!((written.bytes, progress.last()), (file.len() as u64, Some(&written)));
    assert!(progress.is_sorted_by(|one, other| one.bytes < other.bytes));
    let text = String::from_utf8(file).unwrap();
    let outcome = |line: &str| serde_json::from_str::<Value>(line).unwrap()["outcome"].clone();
    let ends: Vec<_> = text.lines().map(outcome).filter(|outcome| outcome.is_string()).collect();
    assert!(ends.len() > 2, "{ends:?}");
    assert_eq!(ends.iter().filter(|outcome| *outcome == "complete").count(), 1);
    assert_eq!(outcome(text.lines().last().unwrap()), "complete");
}

/// Exports from a server that gives this body.
async fn export_of(body: Body) -> (Vec<u8>, ExportError) {
    let server = ScriptedServer::start([response(200, &[("content-type", "application/x-ndjson")], body)]).await;
    let client = Client::new(&server.url, TokenSource::fixed("token")).unwrap();
    let mut written = Vec::new();
    let error = client.export_current_user(&mut written, |_| {}).await.unwrap_err();
    (written, error)
}

#[tokio::test]
async fn a_broken_download_is_a_typed_error() {
    // So much that the server sends it before it breaks off.
    let lines = "{\"type\":\"thread\"}\n".repeat(100_000);
    let pieces = [Ok(lines.clone()), Err(std::io::Error::other("broken"))];
    let (written, error) = export_of(Body::from_stream(stream::iter(pieces))).await;
    assert!(!written.is_empty() && lines.as_bytes().starts_with(&written));
    assert!(matches!(error, ExportError::Incomplete(Incomplete::BrokenOff(_))), "{error:?}");

    let (_, error) = export_of(Body::from("{\"type\":\"header\"}\n")).await;
    assert!(matches!(error, ExportError::Incomplete(Incomplete::NoEnd)), "{error:?}");

    let deleted = "{\"type\":\"header\"}\n{\"type\":\"end\",\"outcome\":\"user_deleted\"}\n";
    let (_, error) = export_of(Body::from(deleted)).await;
    assert!(matches!(error, ExportError::Incomplete(Incomplete::UserDeleted)), "{error:?}");
}

#[tokio::test]
async fn an_export_that_is_refused_writes_nothing() {
    let usher = Usher::shared().await;
    let (ada, _) = new_client(&usher).await;
    let client = client_of(&usher, &ada.id);
    usher.deliver_user_deleted(&ada.id).await;
    let mut written = Vec::new();
    let error = client.export_current_user(&mut written, |_| {}).await.unwrap_err();
    let ExportError::Request(error) = error else { panic!("{error:?}") };
    assert_eq!((error.code(), written.len()), (Some(ProblemCode::UserDeleted), 0));
}
