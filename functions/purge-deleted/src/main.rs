//! The table's stream, and a schedule: erases what deletions have hidden.
//!
//! The stream brings every change of a tombstone whose purge is pending. The schedule finds what the stream lost and
//! closes what has settled.

mod event;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use api::{InitError, metrics};
use store::{Owner, Pass, Purged, Store};

use crate::event::{Answer, Event, owners};

/// What is left of the time for the last calls of a pass.
const MARGIN: Duration = Duration::from_secs(5);
const SETTLE: &str = "PURGE_SETTLE_SECONDS";
const DEFAULT_SETTLE_SECONDS: u64 = 60;

struct Purge {
    store: Store,
    settle: Duration,
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

/// Goes through deletions one after the other. One that fails does not stop the others: to the stream it is told by its
/// record, to the schedule by an error in the end.
async fn purge_deleted(purge: &Purge, event: Event, deadline: Instant) -> Result<Answer, api::Error> {
    let deadline = deadline.checked_sub(MARGIN).unwrap_or(deadline);
    let mut answer = Answer::default();
    match event {
        Event::Stream { records } => {
            for (owner, sequence_number) in owners(records) {
                if purge.one(&owner, deadline).await.is_err() {
                    answer.failed(sequence_number);
                }
            }
        }
        Event::Schedule(_) => purge.pending(deadline).await?,
    }
    Ok(answer)
}

impl Purge {
    /// Goes through every deletion that is not closed, oldest first.
    async fn pending(&self, deadline: Instant) -> Result<(), store::Error> {
        let mut end = Ok(());
        let mut from = None;
        loop {
            let is_first = from.is_none();
            let page = self.store.pending_deletions(from).await?;
            if is_first && let Some(oldest) = page.oldest {
                metrics::oldest_deletion(since(oldest));
            }
            for owner in page.owners {
                end = self.one(&owner, deadline).await.and(end);
            }
            match page.next {
                Some(next) if Instant::now() < deadline => from = Some(next),
                _ => return end,
            }
        }
    }

    async fn one(&self, owner: &Owner, deadline: Instant) -> Result<(), store::Error> {
        let (kind, user) = match owner {
            Owner::User(user) => ("user", user),
            Owner::Thread(user, _) => ("thread", user),
        };
        let pass = self.store.purge(owner, self.settle, deadline).await;
        let Pass { end, erased } = pass.inspect_err(|error| tracing::error!(kind, %user, %error, "purge failed"))?;
        let outcome = match end {
            Purged::Closed => {
                metrics::deletion_closed(erased);
                "closed"
            }
            Purged::Settling => "settling",
            Purged::Unfinished => "unfinished",
            Purged::NotPending => "not pending",
        };
        tracing::info!(kind, %user, outcome, erased, "purge");
        Ok(())
    }
}

/// How long ago a time in milliseconds was.
fn since(ms: i64) -> Duration {
    let then = UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or_default());
    SystemTime::now().duration_since(then).unwrap_or_default()
}
