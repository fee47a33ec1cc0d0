//! Live updates of the Rust client against the running stack.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{Stream, StreamExt as _};
use harness::{Usher, new_user_id, now_ms};
use serde_json::json;
use tokio::time::timeout;
use usher_client::{
    Client, LiveError, LiveEvent,
    contract::{
        CreateThread,
        live::{ChangeKey, CloseReason},
    },
};

use crate::client::client_of;

const LIMIT: Duration = Duration::from_secs(60);

/// What a client hears.
struct Updates<S>(S);

impl<S: Stream<Item = Result<LiveEvent, LiveError>> + Unpin> Updates<S> {
    async fn next(&mut self) -> Result<LiveEvent, LiveError> {
        timeout(LIMIT, self.0.next()).await.unwrap().unwrap()
    }

    /// Waits until these keys have been among the changes.
    async fn heard(&mut self, keys: impl IntoIterator<Item = ChangeKey>) {
        let mut missing: BTreeSet<_> = keys.into_iter().collect();
        while !missing.is_empty() {
            if let LiveEvent::Changed(keys) = self.next().await.unwrap() {
                missing.retain(|key| !keys.contains(key));
            }
        }
    }

    /// Waits for the end of the stream.
    async fn closed(&mut self) -> CloseReason {
        loop {
            match self.next().await {
                Ok(_) => {}
                Err(LiveError::Closed(reason)) => return reason,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// A new user, two clients of it, and what the second one hears.
async fn start(
    usher: &Usher,
) -> (String, Client, Updates<impl Stream<Item = Result<LiveEvent, LiveError>> + Unpin + use<>>) {
    let user = new_user_id();
    usher.deliver_user_created(&user).await;
    let mut updates = Updates(client_of(usher, &user).live());
    updates.heard([ChangeKey::All]).await;
    let client = client_of(usher, &user);
    (user, client, updates)
}

#[tokio::test]
async fn what_one_client_changes_another_one_hears() {
    let usher = Usher::shared().await;
    let (_, client, mut updates) = start(&usher).await;
    let thread = client.create_thread(&CreateThread::default(), None).await.unwrap();
    updates.heard([ChangeKey::Threads, ChangeKey::Thread(thread.id)]).await;
    client.delete_thread(thread.id).await.unwrap();
    updates.heard([ChangeKey::Threads, ChangeKey::Thread(thread.id)]).await;
}

#[tokio::test]
async fn a_deleted_account_ends_the_updates() {
    let usher = Usher::shared().await;
    let (user, _, mut updates) = start(&usher).await;
    usher.deliver_user_deleted(&user).await;
    assert_eq!(updates.closed().await, CloseReason::UserDeleted);
}

#[tokio::test]
async fn a_revoked_session_ends_the_updates() {
    let usher = Usher::shared().await;
    let (user, _, mut updates) = start(&usher).await;
    let session = json!({"id": user.replace("user_", "sess_"), "user_id": user}).to_string();
    usher.deliver(usher.event("session.revoked", &session, now_ms())).await.assert_outcome("ended");
    assert_eq!(updates.closed().await, CloseReason::SessionEnded);
}

#[tokio::test]
async fn a_cut_connection_is_opened_again() {
    let usher = Usher::with_options(|_| {}).await;
    let (_, client, mut updates) = start(&usher).await;
    let [connection] = &usher.stack().connections()[..] else { panic!("expected one connection") };
    assert!(usher.stack().cut_connection(connection));
    updates.heard([ChangeKey::All]).await;
    let thread = client.create_thread(&CreateThread::default(), None).await.unwrap();
    updates.heard([ChangeKey::Thread(thread.id)]).await;
}
