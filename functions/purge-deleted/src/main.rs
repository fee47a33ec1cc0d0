//! The table's stream, and a schedule: erases what deletions have hidden.
//!
//! The stream brings every change of a tombstone whose purge is pending. The schedule finds what the stream lost and
//! closes what has settled.

use std::time::{Duration, Instant};

use api::InitError;
use serde::{Deserialize, de::IgnoredAny};
use store::{Owner, Purged, Store};

/// What is left of the time for the last calls of a pass.
const MARGIN: Duration = Duration::from_secs(5);
const SETTLE: &str = "PURGE_SETTLE_SECONDS";
const DEFAULT_SETTLE_SECONDS: u64 = 60;

struct Purge {
    store: Store,
    settle: Duration,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Event {
    Stream {
        #[serde(rename = "Records")]
        records: Vec<Record>,
    },
    Schedule(IgnoredAny),
}

#[derive(Deserialize)]
struct Record {
    dynamodb: Change,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    keys: Keys,
}

#[derive(Deserialize)]
struct Keys {
    pk: Text,
    sk: Text,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), api::Error> {
    api::serve_events(init(), purge_deleted).await
}

async fn init() -> Result<Purge, InitError> {
    let settle = match api::variable(SETTLE) {
        Some(seconds) => {
            seconds.parse().map_err(|_| InitError::invalid(SETTLE, "must be a whole number of seconds"))?
        }
        None => DEFAULT_SETTLE_SECONDS,
    };
    Ok(Purge { store: api::open_store().await?, settle: Duration::from_secs(settle) })
}

async fn purge_deleted(purge: &Purge, event: Event, deadline: Instant) -> Result<(), api::Error> {
    let deadline = deadline.checked_sub(MARGIN).unwrap_or(deadline);
    match event {
        Event::Stream { records } => purge.all(owners(&records), deadline).await?,
        Event::Schedule(_) => purge.pending(deadline).await?,
    }
    Ok(())
}

/// Whose tombstones were touched, each once.
fn owners(records: &[Record]) -> Vec<Owner> {
    let mut owners = Vec::new();
    for Keys { pk, sk } in records.iter().map(|record| &record.dynamodb.keys) {
        match Owner::of_key(&pk.text, &sk.text) {
            Some(owner) if !owners.contains(&owner) => owners.push(owner),
            _ => {}
        }
    }
    owners
}

impl Purge {
    /// Goes through every deletion that is not closed, oldest first.
    async fn pending(&self, deadline: Instant) -> Result<(), store::Error> {
        let mut end = Ok(());
        let mut from = None;
        loop {
            let page = self.store.pending_deletions(from).await?;
            end = self.all(page.owners, deadline).await.and(end);
            match page.next {
                Some(next) if Instant::now() < deadline => from = Some(next),
                _ => return end,
            }
        }
    }

    /// Purges one after the other; one that fails does not stop the others, and is told in the end.
    async fn all(&self, owners: Vec<Owner>, deadline: Instant) -> Result<(), store::Error> {
        let mut end = Ok(());
        for owner in owners {
            if let Err(error) = self.one(&owner, deadline).await {
                end = Err(error);
            }
        }
        end
    }

    async fn one(&self, owner: &Owner, deadline: Instant) -> Result<(), store::Error> {
        let (kind, user) = match owner {
            Owner::User(user) => ("user", user),
            Owner::Thread(user, _) => ("thread", user),
        };
        match self.store.purge(owner, self.settle, deadline).await {
            Ok(outcome) => {
                let outcome = match outcome {
                    Purged::Closed => "closed",
                    Purged::Settling => "settling",
                    Purged::Unfinished => "unfinished",
                    Purged::NotPending => "not pending",
                };
                tracing::info!(kind, %user, outcome, "purge");
                Ok(())
            }
            Err(error) => {
                tracing::error!(kind, %user, %error, "purge failed");
                Err(error)
            }
        }
    }
}
