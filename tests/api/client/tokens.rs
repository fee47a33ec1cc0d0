//! Tokens: the source is asked for each request, and once more if the API refuses a token.

use std::{
    error::Error as _,
    sync::{Arc, Mutex},
};

use harness::{Usher, conversation_rows};
use usher_client::{
    Client, Error, TokenSource,
    contract::{CreateThread, ProblemCode},
};

use crate::{caller::Caller, client::answer_cutter::AnswerCutter};

/// The values of `fresh` that a source was asked with.
type Asked = Arc<Mutex<Vec<bool>>>;

/// A client of the stack whose source returns these tokens in this order.
fn client_with(usher: &Usher, tokens: impl IntoIterator<Item = Option<String>>) -> (Client, Asked) {
    client_at(usher.api_url(), tokens)
}

/// As [`client_with`], at another URL.
fn client_at(url: &str, tokens: impl IntoIterator<Item = Option<String>>) -> (Client, Asked) {
    let asked = Asked::default();
    let (tokens, record) = (Mutex::new(tokens.into_iter().collect::<Vec<_>>().into_iter()), Arc::clone(&asked));
    let source = TokenSource::new(move |request| {
        record.lock().unwrap().push(request.fresh);
        let token = tokens.lock().unwrap().next().ok_or_else(|| "no other token".into());
        async move { token }
    });
    (Client::new(url, source).unwrap(), asked)
}

fn expired(usher: &Usher, user: &str, seconds: f64) -> Option<String> {
    Some(usher.token(user).claim_from_now("exp", -seconds).minted_by(usher.clerk()))
}

fn valid(usher: &Usher, user: &str) -> Option<String> {
    Some(usher.session_token(user))
}

#[tokio::test]
async fn a_refused_token_is_replaced_by_a_fresh_one() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let tokens = [expired(&usher, &ada.id, 60.0), valid(&usher, &ada.id), valid(&usher, &ada.id)];
    let (client, asked) = client_with(&usher, tokens);
    client.create_thread(&CreateThread::default(), None).await.unwrap();
    assert_eq!(*asked.lock().unwrap(), [false, true]);
    assert_eq!(ada.count_rows("THREAD#").await, 1);
    client.get_current_user().await.unwrap();
    assert_eq!(*asked.lock().unwrap(), [false, true, false], "the source is asked for each request");
}

/// Each response of an export takes a token, because the one before may have expired meanwhile.
#[tokio::test]
async fn an_export_goes_on_with_a_fresh_token() {
    let usher = Usher::with_environment([("EXPORT_RESPONSE_BYTES", Some("100000"))]).await;
    let ada = Caller::new(&usher).await;
    usher.seed(conversation_rows(&ada.id, 100, 1_100)).await;
    let tokens = [valid(&usher, &ada.id), expired(&usher, &ada.id, 60.0), valid(&usher, &ada.id)];
    let (client, asked) = client_with(&usher, tokens);
    let written = client.export_current_user(&mut Vec::new(), |_| {}).await.unwrap();
    assert_eq!((written.counts.threads, written.counts.messages), (100, 1_100));
    assert_eq!(*asked.lock().unwrap(), [false, false, true]);
}

#[tokio::test]
async fn a_second_refused_token_is_an_error() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let tokens = [expired(&usher, &ada.id, 60.0), expired(&usher, &ada.id, 61.0), valid(&usher, &ada.id)];
    let (client, asked) = client_with(&usher, tokens);
    let error = client.get_current_user().await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), (Some(ProblemCode::InvalidToken), false));
    assert_eq!(*asked.lock().unwrap(), [false, true]);
}

#[tokio::test]
async fn the_same_refused_token_is_not_sent_again() {
    let usher = Usher::with_options(|_| {}).await;
    let ada = Caller::new(&usher).await;
    let token = expired(&usher, &ada.id, 60.0);
    let (client, asked) = client_with(&usher, [token.clone(), token]);
    let error = client.get_current_user().await.unwrap_err();
    assert_eq!(*asked.lock().unwrap(), [false, true]);
    usher.logs().line_with(error.request_id().unwrap()).await;
    let refused = usher.logs().lines().iter().filter(|line| line.contains("invalid-token")).count();
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn a_deleted_user_is_not_asked_for_another_token() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    usher.deliver_user_deleted(&ada.id).await;
    let (client, asked) = client_with(&usher, [valid(&usher, &ada.id)]);
    let error = client.get_current_user().await.unwrap_err();
    assert_eq!(error.code(), Some(ProblemCode::UserDeleted));
    assert_eq!(*asked.lock().unwrap(), [false]);
}

#[tokio::test]
async fn a_request_is_not_repeated_for_another_user() {
    let usher = Usher::shared().await;
    let (ada, bob) = (Caller::new(&usher).await, Caller::new(&usher).await);
    for other in [valid(&usher, &bob.id), None] {
        let (client, _) = client_with(&usher, [expired(&usher, &ada.id, 60.0), other.clone()]);
        let error = client.create_thread(&CreateThread::default(), None).await.unwrap_err();
        assert_eq!(error.code(), Some(ProblemCode::InvalidToken));

        // The first response is lost, so the thread exists. The repeat would create another one.
        let cutter = AnswerCutter::start(usher.api_url(), 1).await;
        let (client, asked) = client_at(&cutter.url, [valid(&usher, &ada.id), other]);
        let error = client.create_thread(&CreateThread::default(), None).await.unwrap_err();
        assert!(matches!(error, Error::UserChanged), "{error:?}");
        assert_eq!(*asked.lock().unwrap(), [false, false]);
    }
    assert_eq!((ada.count_rows("THREAD#").await, bob.count_rows("THREAD#").await), (2, 0));
}

#[tokio::test]
async fn a_user_may_sign_in_after_a_request_without_a_token() {
    let usher = Usher::shared().await;
    let ada = Caller::new(&usher).await;
    let (client, asked) = client_with(&usher, [None, valid(&usher, &ada.id)]);
    assert_eq!(client.get_current_user().await.unwrap().id.as_str(), ada.id);
    assert_eq!(*asked.lock().unwrap(), [false, true]);
}

#[tokio::test]
async fn an_error_of_the_source_is_the_error_of_the_call() {
    let usher = Usher::shared().await;
    let (client, asked) = client_with(&usher, []);
    let error = client.get_current_user().await.unwrap_err();
    assert!(matches!(error, Error::Token(_)), "{error:?}");
    assert_eq!(error.source().unwrap().to_string(), "no other token");
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_client_with_other_tokens_acts_for_another_user() {
    let usher = Usher::shared().await;
    let (ada, bob) = (Caller::new(&usher).await, Caller::new(&usher).await);
    let adas = Client::new(usher.api_url(), TokenSource::fixed(usher.session_token(&ada.id))).unwrap();
    let bobs = adas.clone().with_tokens(TokenSource::fixed(usher.session_token(&bob.id)));
    for (client, user) in [(&adas, &ada), (&bobs, &bob), (&adas, &ada)] {
        assert_eq!(client.get_current_user().await.unwrap().id.as_str(), user.id);
    }
}
