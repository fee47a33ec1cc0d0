//! Business metrics in CloudWatch's Embedded Metric Format: log lines that CloudWatch converts to metrics of the
//! namespace `METRICS_NAMESPACE`. They are written only if logs are JSON, because they are not meant for a terminal.
//!
//! Only this file records metrics. The alarms and the dashboard of `infra/` use the same names and dimensions.

use std::{io, sync::OnceLock, time::Duration};

use metrics::{counter, histogram};
use metrics_cloudwatch_embedded::{Builder, Collector};

use crate::{config::environment::variable, observe::log};

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();

/// Starts to collect metrics. Without it, recorded values are dropped.
pub(crate) fn init() {
    let Some(namespace) = variable("METRICS_NAMESPACE").filter(|_| log::is_json()) else { return };
    if let Ok(collector) = Builder::new().cloudwatch_namespace(namespace).init() {
        let _ = COLLECTOR.set(collector);
        let function = variable("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
        counter!("ColdStarts", "Function" => function).increment(1);
    }
}

/// Writes the metrics of an invocation.
pub(crate) fn flush() {
    if let Some(Err(error)) = COLLECTOR.get().map(|collector| collector.flush(io::stdout())) {
        tracing::error!(%error, "metrics not written");
    }
}

/// Counts a request that failed because of the server: a 5xx that is caused neither by the configuration nor by
/// throttling.
pub(crate) fn server_error() {
    counter!("ServerErrors").increment(1);
}

/// Counts a token that is invalid or could not be verified.
pub(crate) fn auth_failure(reason: &'static str) {
    counter!("AuthFailures", "Reason" => reason).increment(1);
}

/// Counts a delivery whose signature is missing, invalid or too old.
pub(crate) fn signature_failure() {
    counter!("WebhookSignatureFailures").increment(1);
}

/// Counts a delivery with a valid signature whose event cannot be parsed or stored.
pub(crate) fn unreadable_event() {
    counter!("UnreadableEvents").increment(1);
}

/// Counts the outcome of a delivery. `lag` is the time from the event to the end of its processing.
pub fn webhook(outcome: &'static str, lag: Option<Duration>) {
    counter!("WebhookOutcomes", "Outcome" => outcome).increment(1);
    if let Some(lag) = lag {
        histogram!("SyncLagMilliseconds").record(lag.as_secs_f64() * 1000.0);
    }
}

/// Counts a closed deletion and the rows that it has erased.
pub fn deletion_closed(rows: u64) {
    counter!("DeletionsClosed").increment(1);
    counter!("RowsErased").increment(rows);
}

/// Records the age of the oldest open deletion. Not called if every deletion is closed.
pub fn oldest_deletion(age: Duration) {
    histogram!("OldestDeletionSeconds").record(age.as_secs_f64());
}

/// Records the number of stored users that Clerk does not know, as a run of the comparison found them.
pub fn unknown_users(users: u64) {
    histogram!("UnknownUsers").record(users as f64);
}

/// Records the number of stored users that Clerk did not know in two daily runs of the comparison, and that are not
/// deleted.
pub fn standing_unknown_users(users: u64) {
    histogram!("StandingUnknownUsers").record(users as f64);
}

/// Records the number of users that the daily run of the comparison stored because webhooks were lost.
pub fn missed_changes(users: u64) {
    histogram!("MissedChanges").record(users as f64);
}

/// Counts a run of the comparison that stopped because it would have deleted more users than it may.
pub fn reconcile_over_limit() {
    counter!("ReconcileOverLimit").increment(1);
}

/// Counts a reply that `create-reply` has sent to its end, by its status.
pub fn reply(status: &'static str) {
    counter!("Replies", "Status" => status).increment(1);
}

/// Counts the messages that were sent to live connections.
pub fn live_messages(count: u64) {
    counter!("LiveMessages").increment(count);
}

/// Counts messages that could not be sent to live connections, although the connections were open.
pub fn failed_live_messages(count: u64) {
    counter!("FailedLiveMessages").increment(count);
}

/// Counts live connections that the server closed for this reason.
pub fn live_connections_closed(reason: &'static str, count: u64) {
    counter!("LiveConnectionsClosed", "Reason" => reason).increment(count);
}
