//! The table's stream, and a schedule: erases what deletions have hidden.
//!
//! The stream brings each new tombstone, and each one that was woken. The schedule finds what the stream lost and closes what
//! has settled.

mod event;

use std::time::{Duration, Instant};

use usher_runtime::{InitError, metrics};
use usher_store::{Owner, Pass, PassOutcome, PurgeRun, Store, Timestamp};

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
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_events(init(), purge_deletions).await
}

async fn init() -> Result<Purge, InitError> {
    let settle = match usher_runtime::variable(SETTLE) {
        Some(seconds) => {
            seconds.parse().map_err(|_| InitError::invalid(SETTLE, "must be a whole number of seconds"))?
        }
        None => DEFAULT_SETTLE_SECONDS,
    };
    Ok(Purge { store: usher_runtime::open_store().await?, settle: Duration::from_secs(settle) })
}

/// Goes through deletions, a turn each, several at once. A failing deletion does not stop the others: stream invocations
/// report it as a batch item failure, scheduled invocations return an error after trying all.
async fn purge_deletions(purge: &Purge, event: Event, deadline: Instant) -> Result<Answer, usher_runtime::Error> {
    let run = PurgeRun {
        store: &purge.store,
        settle: purge.settle,
        deadline: deadline.checked_sub(MARGIN).unwrap_or(deadline),
        report: &report,
    };
    match event {
        Event::Stream { records } => {
            let records = owners(records);
            let failed = run.purge_woken(records.iter().map(|(owner, _)| owner.clone())).await;
            Ok(Answer::of(records, &failed))
        }
        Event::Schedule(_) => {
            let first = purge.store.list_pending_deletions(None).await?;
            if let Some(oldest) = first.oldest {
                metrics::oldest_deletion(Timestamp::now().saturating_duration_since(oldest));
            }
            run.purge_all(first).await?;
            Ok(Answer::default())
        }
    }
}

/// Logs a pass, and counts a deletion that is closed.
fn report(owner: &Owner, pass: &Result<Pass, usher_store::Error>) {
    let kind = match owner {
        Owner::User(_) => "user",
        Owner::Thread(..) => "thread",
    };
    let user = owner.user();
    let Pass { outcome, erased } = match pass {
        Ok(pass) => *pass,
        Err(error) => return tracing::error!(kind, %user, %error, "purge failed"),
    };
    let outcome = match outcome {
        PassOutcome::Closed => {
            metrics::deletion_closed(erased);
            "closed"
        }
        PassOutcome::Settling => "settling",
        PassOutcome::Unfinished => "unfinished",
        PassOutcome::Leased => "leased",
        PassOutcome::NotPending => "not pending",
    };
    tracing::info!(kind, %user, outcome, erased, "purge");
}
