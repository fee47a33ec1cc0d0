//! Business metrics, in CloudWatch's Embedded Metric Format: lines of the log that CloudWatch makes metrics of, in the
//! namespace `METRICS_NAMESPACE`. Written where logs are JSON; a terminal is for people.
//!
//! Names and dimensions are here and nowhere else: the alarms and the dashboard of `infra/` name them too.

use std::{io, sync::OnceLock, time::Duration};

use metrics::{counter, histogram};
use metrics_cloudwatch_embedded::{Builder, Collector};

use crate::{config::environment::variable, observe::log};

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();

/// Starts collecting. Whatever is recorded without is dropped.
pub(crate) fn init() {
    let Some(namespace) = variable("METRICS_NAMESPACE").filter(|_| log::is_json()) else { return };
    if let Ok(collector) = Builder::new().cloudwatch_namespace(namespace).init() {
        let _ = COLLECTOR.set(collector);
        let function = variable("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
        counter!("ColdStarts", "Function" => function).increment(1);
    }
}

/// Writes what an invocation has recorded.
pub(crate) fn flush() {
    if let Some(Err(error)) = COLLECTOR.get().map(|collector| collector.flush(io::stdout())) {
        tracing::error!(%error, "metrics were not written");
    }
}

/// A request that failed on this side: 5xx, but not for what the configuration lacks.
pub(crate) fn server_error() {
    counter!("ServerErrors").increment(1);
}

/// A token that was refused, or could not be judged.
pub(crate) fn auth_failure(reason: &'static str) {
    counter!("AuthFailures", "Reason" => reason).increment(1);
}

/// A delivery whose signature does not fit any secret, or is missing or out of time.
pub(crate) fn signature_failure() {
    counter!("WebhookSignatureFailures").increment(1);
}

/// A delivery that is signed and cannot be understood or kept.
pub fn unreadable_event() {
    counter!("UnreadableEvents").increment(1);
}

/// What a delivery led to; `lag` is from when the event arose to when it was dealt with.
pub fn webhook(outcome: &'static str, lag: Option<Duration>) {
    counter!("WebhookOutcomes", "Outcome" => outcome).increment(1);
    if let Some(lag) = lag {
        histogram!("SyncLagMilliseconds").record(lag.as_secs_f64() * 1000.0);
    }
}

/// A deletion that is closed, with all the rows it has erased.
pub fn deletion_closed(rows: u64) {
    counter!("DeletionsClosed").increment(1);
    counter!("RowsErased").increment(rows);
}

/// How long ago the oldest deletion began that is not closed; nothing where all are.
pub fn oldest_deletion(age: Duration) {
    histogram!("OldestDeletionSeconds").record(age.as_secs_f64());
}

/// Users here that Clerk does not know, as a run of the comparison found them.
pub fn unknown_users(users: u64) {
    histogram!("UnknownUsers").record(users as f64);
}

/// Users here that Clerk did not know in two daily runs of the comparison, and that are not deleted.
pub fn standing_unknown_users(users: u64) {
    histogram!("StandingUnknownUsers").record(users as f64);
}

/// Users that the daily run of the comparison had to bring in because webhooks were lost.
pub fn missed_changes(users: u64) {
    histogram!("MissedChanges").record(users as f64);
}

/// A run of the comparison that would have deleted more users than it may.
pub fn reconcile_over_limit() {
    counter!("ReconcileOverLimit").increment(1);
}
