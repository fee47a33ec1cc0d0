//! Exports that are interrupted: the client can always tell that something is missing.

use std::time::Duration;

use harness::{FaultProxy, LinkState, Row, Usher, eventually, message_row, thread_row};
use serde_json::Value;
use tokio::time::timeout;
use uuid::Uuid;

use super::{PATH, lines};
use crate::caller::Caller;

/// Stores the rows of [`large_rows`], a few at a time, because the proxy takes no large request.
async fn seed_large_rows(usher: &Usher, user: &str) {
    let rows: Vec<_> = large_rows(user).collect();
    for some in rows.chunks(5) {
        usher.seed(some.to_vec()).await;
    }
}

/// Rows of about 14 MB. That is more than the buffers between the function and a client hold, so the function waits for
/// a client that does not read.
fn large_rows(user: &str) -> impl Iterator<Item = Row> {
    let (user, thread) = (user.to_owned(), Uuid::now_v7());
    let messages = (0..40).map({
        let user = user.clone();
        move |_| message_row(&user, thread, &"x".repeat(360_000))
    });
    [thread_row(&user, thread)].into_iter().chain(messages)
}

/// Begins an export, and reads its first bytes.
async fn begin(usher: &Usher, ada: &Caller<'_>) -> reqwest::Response {
    begin_with(usher, &usher.session_token(&ada.id)).await
}

async fn begin_with(usher: &Usher, token: &str) -> reqwest::Response {
    let request = reqwest::Client::new().get(format!("{}{PATH}", usher.api_url()));
    let mut response = request.bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.chunk().await.unwrap().unwrap().starts_with(b"{\"type\":\"header\""));
    response
}

/// Reads the rest of a response. Returns its last line, or the error of the connection.
async fn finish(mut response: reqwest::Response) -> reqwest::Result<Value> {
    let mut rest = Vec::new();
    while let Some(chunk) = timeout(Duration::from_secs(30), response.chunk()).await.unwrap()? {
        rest.extend_from_slice(&chunk);
    }
    let last = rest.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap();
    Ok(serde_json::from_slice(last).unwrap())
}

#[tokio::test]
async fn an_account_deleted_in_the_middle_ends_the_export() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    seed_large_rows(&usher, &ada.id).await;
    let response = begin(&usher, &ada).await;
    usher.deliver_user_deleted(&ada.id).await;
    let end = finish(response).await.unwrap();
    assert_eq!(end, serde_json::json!({"type": "end", "outcome": "user_deleted"}));
}

/// A token is checked when a response begins, so an export may take longer than a token lives.
#[tokio::test]
async fn a_token_that_expires_ends_only_the_next_response() {
    let usher = Usher::with_environment([("EXPORT_RESPONSE_BYTES", Some("13000000"))]).await;
    let ada = Caller::new(&usher).await;
    seed_large_rows(&usher, &ada.id).await;
    // It is accepted for the 5 seconds of tolerance.
    let token = usher.token(&ada.id).claim_from_now("exp", 0.0).minted_by(usher.clerk());
    let response = begin_with(&usher, &token).await;
    let refused = async || (usher.get("/users/me", &token).await.status == 401).then_some(());
    eventually("the end of the token", refused).await;
    let end = finish(response).await.unwrap();
    assert_eq!(end["outcome"], "continues");
    let rest = format!("{PATH}?cursor={}", end["next_cursor"].as_str().unwrap());
    usher.get(&rest, &token).await.expect_unauthorized("invalid-token");
    let answer = usher.get(&rest, &usher.session_token(&ada.id)).await;
    let rest = lines(&answer);
    assert_eq!(rest.last().unwrap()["outcome"], "complete");
    let messages = |end: &Value| end["counts"]["messages"].as_u64().unwrap();
    assert_eq!(messages(&end) + messages(rest.last().unwrap()), 40);
}

#[tokio::test]
async fn an_export_breaks_off_if_the_table_does_not_answer() {
    let proxy = FaultProxy::start().await;
    let usher = Usher::with_options(|options| {
        options.storage = proxy.storage();
        options.log_format = "JSON".to_owned();
    })
    .await;
    let ada = Caller::new(&usher).await;
    seed_large_rows(&usher, &ada.id).await;
    let response = begin(&usher, &ada).await;
    proxy.set_link(LinkState::Cut);
    finish(response).await.unwrap_err();
    let line = usher.logs().line_with(r#""code":"unavailable""#).await;
    let (_, line) = line.split_once('{').unwrap();
    let line: Value = serde_json::from_str(&format!("{{{line}")).unwrap();
    assert_eq!((&line["message"], &line["status"]), (&"request".into(), &200.into()), "{line}");
    assert_eq!((&line["route"], &line["user"]), (&"GET /stream/users/me/export".into(), &ada.id.as_str().into()));
    usher.logs().line_with(r#""ServerErrors":1"#).await;
    usher.logs().line_with("the function failed in the middle of its response").await;

    proxy.set_link(LinkState::Connected);
    assert_eq!(finish(begin(&usher, &ada).await).await.unwrap()["outcome"], "complete");
}

#[tokio::test]
async fn a_client_that_leaves_does_not_stop_the_function() {
    let usher = Usher::with_options(|options| options.concurrency = 1).await;
    let ada = Caller::new(&usher).await;
    seed_large_rows(&usher, &ada.id).await;
    drop(begin(&usher, &ada).await);
    // The function has one process, so this request waits until the export has ended.
    assert_eq!(finish(begin(&usher, &ada).await).await.unwrap()["outcome"], "complete");
    assert_eq!(usher.processes("export-current-user").len(), 1);
}
