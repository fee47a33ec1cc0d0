//! A schedule, or a manual invocation: reconciles the stored users with Clerk's.

use std::time::{Duration, Instant};

use usher_clerk::RetryPolicy;
use usher_reconcile::{ReconcileError, ReconcileRequest, Reconciler, Report, RunOutcome};
use usher_runtime::{ClerkUsers, InitError, metrics};
use usher_store::Store;

/// The time that is left for the last step of an invocation.
const MARGIN: Duration = Duration::from_secs(20);
const DELETE_UNKNOWN_USERS: &str = "DELETE_UNKNOWN_USERS";

struct ReconcileUsers {
    store: Store,
    clerk: ClerkUsers,
    /// `true` if the daily run deletes users that have been unknown to Clerk for at least 20 hours.
    deletes_standing: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_events(init(), reconcile_users).await
}

async fn init() -> Result<ReconcileUsers, InitError> {
    let clerk = usher_runtime::required_clerk_users(RetryPolicy::BATCH).await?;
    let deletes_standing = match usher_runtime::variable(DELETE_UNKNOWN_USERS).as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(InitError::invalid(DELETE_UNKNOWN_USERS, "must be true or false")),
    };
    Ok(ReconcileUsers { store: usher_runtime::open_store()?, clerk, deletes_standing })
}

async fn reconcile_users(
    state: &ReconcileUsers,
    request: ReconcileRequest,
    deadline: Instant,
) -> Result<Report, usher_runtime::Error> {
    let mut reconciler = Reconciler::open(&state.store, request, state.deletes_standing).await?;
    if !reconciler.is_due() {
        return Ok(reconciler.report(RunOutcome::NotDue));
    }
    let deadline = deadline.checked_sub(MARGIN).unwrap_or(deadline);
    let outcome = run_until_deadline(&state.clerk, &mut reconciler, deadline).await?;
    let report = reconciler.report(outcome);
    log(&report);
    Ok(report)
}

/// Runs step after step, each with the current secret key. If the key was rotated, repeats the step with the new key.
async fn run_until_deadline(
    clerk: &ClerkUsers,
    reconciler: &mut Reconciler<'_>,
    deadline: Instant,
) -> Result<RunOutcome, usher_runtime::Error> {
    while Instant::now() < deadline {
        let step = clerk.with_key(async |api| match reconciler.step(api).await {
            Err(ReconcileError::Clerk(error)) => Err(error),
            step => Ok(step),
        });
        if let Some(outcome) = step.await?? {
            return Ok(outcome);
        }
    }
    Ok(RunOutcome::Unfinished)
}

/// Logs a report, and counts what a finished run has found.
fn log(report: &Report) {
    if report.outcome == RunOutcome::Finished {
        metrics::unknown_users(report.counts.unknown);
        if report.scheduled {
            metrics::standing_unknown_users(report.counts.standing_after_deletion());
            metrics::missed_changes(report.counts.missed);
        }
    }
    if report.over_limit {
        metrics::reconcile_over_limit();
    }
    match serde_json::to_string(report) {
        Ok(report_json) if report.over_limit => {
            tracing::error!(
                report = report_json,
                "more users are unknown to Clerk than one run may delete; none was deleted"
            );
        }
        Ok(report_json) => tracing::info!(report = report_json, "reconciled"),
        Err(error) => tracing::error!(%error, "the report is not valid JSON"),
    }
}
