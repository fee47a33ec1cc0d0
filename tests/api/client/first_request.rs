//! A user's first request before the webhook.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::join;
use harness::Usher;
use tokio::sync::Notify;
use usher_client::{Client, RetryPolicy, TokenSource, contract::ProblemCode};

use crate::{caller::Caller, client::client_of};

#[tokio::test]
async fn a_call_waits_for_the_webhook_of_a_new_user() {
    let usher = Usher::shared().await;
    let ada = Caller::unsynced(&usher);
    let (asked, repeated, synced) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (token, asks, on_repeat, on_sync) =
        (usher.session_token(&ada.id), Arc::clone(&asked), Arc::clone(&repeated), Arc::clone(&synced));
    // The second request is held back until the webhook has arrived.
    let tokens = TokenSource::new(move |_| {
        let (token, on_repeat, on_sync) = (token.clone(), Arc::clone(&on_repeat), Arc::clone(&on_sync));
        let is_repeat = asks.fetch_add(1, Ordering::Relaxed) == 1;
        async move {
            if is_repeat {
                on_repeat.notify_one();
                on_sync.notified().await;
            }
            Ok(Some(token))
        }
    });
    let client = Client::new(usher.api_url(), tokens).unwrap();
    let webhook = async {
        repeated.notified().await;
        usher.deliver_user_created(&ada.id).await;
        synced.notify_one();
    };
    let (user, ()) = join(client.get_current_user(), webhook).await;
    assert_eq!(user.unwrap().id.as_str(), ada.id);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_user_without_a_webhook_is_reported_with_the_wait() {
    let usher = Usher::shared().await;
    let ada = Caller::unsynced(&usher);
    let client = client_of(&usher, &ada.id).with_retry_policy(RetryPolicy::NONE);
    let error = client.get_current_user().await.unwrap_err();
    assert_eq!((error.code(), error.status()), (Some(ProblemCode::UserNotSynced), Some(404)));
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(1));
    assert!(error.is_retryable());
}
