//! The table's stream, and a schedule: erases the rows of deleted users and threads.
//!
//! The stream brings each new tombstone, and each tombstone that was woken. The schedule continues the deletions whose
//! records the stream has lost, and closes those that have settled.

mod event;

use std::time::{Duration, Instant};

use usher_contract::Timestamp;
use usher_runtime::{BatchResponse, InitError, metrics};
use usher_store::{Owner, Pass, PassOutcome, PurgeRun, Store};

use crate::event::{PurgeEvent, response, woken_owners};

/// The time that is left for the last page of a pass.
const MARGIN: Duration = Duration::from_secs(5);
const PURGE_SETTLE_SECONDS: &str = "PURGE_SETTLE_SECONDS";
const DEFAULT_SETTLE_SECONDS: u64 = 60;

struct PurgeDeletions {
    store: Store,
    /// The maximum delay before a row that was written just before the deletion becomes visible.
    settle: Duration,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_events(init(), purge_deletions).await
}

async fn init() -> Result<PurgeDeletions, InitError> {
    let settle = match usher_runtime::variable(PURGE_SETTLE_SECONDS) {
        Some(seconds) => seconds
            .parse()
            .map_err(|_| InitError::invalid(PURGE_SETTLE_SECONDS, "must be a whole number of seconds"))?,
        None => DEFAULT_SETTLE_SECONDS,
    };
    Ok(PurgeDeletions { store: usher_runtime::open_store()?, settle: Duration::from_secs(settle) })
}

/// Gives each deletion a turn, several at once. A failing deletion does not stop the others. Stream invocations report
/// it as a batch item failure; scheduled invocations return an error after trying all.
async fn purge_deletions(
    state: &PurgeDeletions,
    event: PurgeEvent,
    deadline: Instant,
) -> Result<BatchResponse, usher_runtime::Error> {
    let run = PurgeRun {
        store: &state.store,
        settle: state.settle,
        deadline: deadline.checked_sub(MARGIN).unwrap_or(deadline),
        report: &log_pass,
    };
    match event {
        PurgeEvent::Stream { records } => {
            let woken = woken_owners(&records);
            let failed = run.purge_woken(woken.iter().map(|(owner, _)| owner.clone())).await;
            Ok(response(woken, &failed))
        }
        PurgeEvent::Schedule(_) => {
            let first = state.store.list_pending_deletions(None).await?;
            if let Some(oldest) = first.oldest {
                metrics::oldest_deletion(Timestamp::now().saturating_duration_since(oldest));
            }
            run.purge_all(first).await?;
            Ok(BatchResponse::default())
        }
    }
}

/// Logs a pass, and counts a closed deletion.
fn log_pass(owner: &Owner, pass: &Result<Pass, usher_store::Error>) {
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
    tracing::info!(kind, %user, outcome, erased, "purge pass finished");
}
