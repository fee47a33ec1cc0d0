//! The table's stream: tells the live connections of a user what has changed.
//!
//! It is the only function that sends to connections and ends them. A record counts as processed only after every
//! connection has been told, so a crash repeats messages and loses none. A repeated message only makes a client read
//! again.

mod changes;
mod gateway;
mod notify;

use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use usher_runtime::{BatchResponse, InitError, StreamRecord};

use crate::{changes::changes_by_user, gateway::Gateway, notify::Notifier};

const LIVE_CALLBACK_URL: &str = "LIVE_CALLBACK_URL";
/// The number of users whose connections are told at a time.
const PARALLEL_USERS: usize = 10;

/// Records of the table's stream.
#[derive(Deserialize)]
struct StreamEvent {
    #[serde(rename = "Records")]
    records: Vec<StreamRecord>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_events(init(), notify_changes).await
}

async fn init() -> Result<Notifier, InitError> {
    let remedy = "the template sets it to the URL of the WebSocket API's stage";
    let url =
        usher_runtime::variable(LIVE_CALLBACK_URL).ok_or(InitError::Missing { name: LIVE_CALLBACK_URL, remedy })?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(InitError::invalid(LIVE_CALLBACK_URL, "must be a URL that begins with https://"));
    }
    Ok(Notifier { store: usher_runtime::open_store()?, gateway: Gateway::connect(url) })
}

/// Tells the connections of each user. A failing user does not stop the others, and is reported by its first record.
async fn notify_changes(
    notifier: &Notifier,
    event: StreamEvent,
    _deadline: Instant,
) -> Result<BatchResponse, usher_runtime::Error> {
    let changes = changes_by_user(&event.records);
    let told = changes.into_iter().map(async |changes| {
        let (user, first_record) = (changes.user.clone(), changes.first_record.clone());
        let error = notifier.notify(changes).await.err()?;
        tracing::error!(%user, %error, "live connections not told");
        Some(first_record)
    });
    let told: Vec<_> = told.collect();
    let failed: Vec<_> = stream::iter(told).buffer_unordered(PARALLEL_USERS).collect().await;
    Ok(BatchResponse::failed(failed.into_iter().flatten()))
}
