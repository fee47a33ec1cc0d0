//! Lost responses: the API has carried out the request, and the client does not know.

use std::time::Duration;

use clerk_emulator::InjectedFault;
use harness::Usher;
use serde_json::json;
use usher_client::{
    Client, Error, RetryPolicy, TokenSource,
    contract::{
        CreateExchange, CreateMessage, CreateThread, DeleteOutcome, ExchangeMessage, Role, ThreadId, UpdateThread,
    },
};

use crate::{
    caller::Caller,
    client::{answer_cutter::AnswerCutter, client_of, new_client},
};

/// A client of a user, whose first two responses are lost.
async fn unlucky(usher: &Usher, user: &str) -> (AnswerCutter, Client) {
    let cutter = AnswerCutter::start(usher.api_url(), 2).await;
    let client = Client::new(&cutter.url, TokenSource::fixed(usher.session_token(user))).unwrap();
    (cutter, client)
}

fn message(content: &str) -> ExchangeMessage {
    ExchangeMessage { content: content.to_owned().try_into().unwrap(), parts: None, model: None }
}

#[tokio::test]
async fn a_post_whose_responses_are_lost_has_one_effect() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;

    let (cutter, client) = unlucky(&usher, &ada.id).await;
    let thread = client.create_thread(&CreateThread::default(), None).await.unwrap();
    assert_eq!((cutter.connections(), ada.count_rows("THREAD#").await), (3, 1));

    let (cutter, client) = unlucky(&usher, &ada.id).await;
    let ExchangeMessage { content, parts, model } = message("Hello");
    let hello = CreateMessage { role: Role::User, content, parts, model };
    let sent = client.create_message(thread.id, &hello, None).await.unwrap();
    assert_eq!((cutter.connections(), ada.count_rows("MESSAGE#").await), (3, 1));
    // Another call is another message.
    assert_ne!(client.create_message(thread.id, &hello, None).await.unwrap().id, sent.id);

    let (cutter, client) = unlucky(&usher, &ada.id).await;
    let exchange = CreateExchange { user: message("Why?"), assistant: message("So.") };
    client.create_exchange(thread.id, &exchange, None).await.unwrap();
    assert_eq!((cutter.connections(), ada.count_rows("MESSAGE#").await), (3, 4));
}

#[tokio::test]
async fn requests_without_a_further_effect_are_repeated() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let thread = ada.create_thread().await;
    let thread = ThreadId::parse(thread.trim_start_matches("/threads/")).unwrap();

    let (_cutter, client) = unlucky(&usher, &ada.id).await;
    assert_eq!(client.get_thread(thread).await.unwrap().id, thread);
    let (_cutter, client) = unlucky(&usher, &ada.id).await;
    client.update_thread(thread, &UpdateThread { title: None }).await.unwrap();
    let (_cutter, client) = unlucky(&usher, &ada.id).await;
    client.delete_thread(thread).await.unwrap();
    let (_cutter, client) = unlucky(&usher, &ada.id).await;
    let settings = client.update_settings(json!({"n": 1}).as_object().unwrap(), None).await.unwrap();
    assert_eq!(settings.values["n"], 1);
}

#[tokio::test]
async fn a_conditional_change_is_not_repeated() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let version = client_of(&usher, &ada.id).get_settings().await.unwrap().version;
    let (cutter, client) = unlucky(&usher, &ada.id).await;
    let patch = json!({"n": 1});
    let error = client.update_settings(patch.as_object().unwrap(), Some(&version)).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    assert!(error.is_retryable());
    assert_eq!(cutter.connections(), 1);
    // The change was made. A repeat would have been refused as `version-mismatch`.
    assert_eq!(ada.get("/settings").await.expect_json(), patch);
}

/// A deletion has 20 s, and an attempt has 12 s by default. Here Clerk takes longer than any attempt, so an attempt can
/// only find what an earlier one has done.
#[tokio::test]
async fn a_deletion_may_take_longer_than_an_attempt() {
    let usher = Usher::with_options(|_| {}).await;
    let (ada, client) = new_client(&usher).await;
    let slow = InjectedFault::Delay(Duration::from_millis(1500));
    usher.clerk().inject_fault("DELETE", &format!("/v1/users/{}", ada.id), slow);
    let policy = RetryPolicy { attempt_timeout: Duration::from_secs(1), ..RetryPolicy::default() };
    let outcome = client.with_retry_policy(policy).delete_current_user().await.unwrap();
    assert_eq!(outcome, DeleteOutcome::Deleted);
}
