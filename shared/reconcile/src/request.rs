//! The request of an invocation.

use serde::{Deserialize, Deserializer, de::Error};
use usher_contract::Timestamp;

const HOUR_MS: f64 = 60.0 * 60.0 * 1000.0;

/// The request of an invocation: the event of the function. `{}` is a dry run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReconcileRequest {
    /// Only counts what a run would change.
    #[serde(default = "dry_run_by_default")]
    pub(crate) dry_run: bool,
    /// The daily run of the schedule. It marks unknown users and counts the changes whose webhooks were lost.
    #[serde(default)]
    scheduled: bool,
    /// Deletes the stored users that Clerk does not know.
    #[serde(default)]
    pub(crate) delete_unknown: bool,
    /// The maximum share of the stored users that one run may delete, in per cent. If more are unknown, the run deletes
    /// none.
    #[serde(default = "default_percent", deserialize_with = "percent")]
    max_delete_percent: f64,
    /// The minimum time between the starts of two runs of this kind, in hours. It does not keep an invocation from
    /// continuing an unfinished run.
    #[serde(default)]
    at_most_every_hours: f64,
}

impl ReconcileRequest {
    /// Returns the name of the checkpoint. Runs of different kinds have separate checkpoints.
    pub(crate) fn job(&self) -> &'static str {
        match (self.dry_run, self.scheduled, self.delete_unknown) {
            (true, ..) => "reconcile-users#dry-run",
            (false, true, _) => "reconcile-users#daily",
            (false, false, false) => "reconcile-users#bring-in",
            (false, false, true) => "reconcile-users#delete-unknown",
        }
    }

    /// Returns whether the run is the daily one. A dry run never is, because it marks no user.
    pub(crate) fn is_daily(&self) -> bool {
        self.scheduled && !self.dry_run
    }

    /// Returns whether a new run may start, given the start of the last one.
    pub(crate) fn is_due(&self, last_started_at: Timestamp, now: Timestamp) -> bool {
        let elapsed = now.as_millis().saturating_sub(last_started_at.as_millis());
        elapsed as f64 >= self.at_most_every_hours * HOUR_MS
    }

    /// Returns the maximum number of deletions if `users` are stored.
    pub(crate) fn max_deletions(&self, users: u64) -> u64 {
        (users as f64 * self.max_delete_percent / 100.0).floor() as u64
    }
}

fn dry_run_by_default() -> bool {
    true
}

fn default_percent() -> f64 {
    1.0
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let percent = f64::deserialize(deserializer)?;
    let valid = (0.0..=100.0).contains(&percent);
    valid.then_some(percent).ok_or_else(|| D::Error::custom("max_delete_percent must be 0 to 100"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> ReconcileRequest {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_manual_request_is_a_dry_run_by_default() {
        let request = request("{}");
        assert!(request.dry_run && !request.delete_unknown);
        assert_eq!((request.max_deletions(1000), request.max_deletions(99)), (10, 0));
        assert_eq!(request.job(), "reconcile-users#dry-run");
        for wrong in [r#"{"dryrun":false}"#, r#"{"max_delete_percent":101}"#, r#"{"max_delete_percent":-1}"#] {
            assert!(serde_json::from_str::<ReconcileRequest>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_dry_run_is_never_the_daily_run() {
        assert!(request(r#"{"dry_run":false,"scheduled":true}"#).is_daily());
        assert!(!request(r#"{"scheduled":true}"#).is_daily() && !request(r#"{"dry_run":false}"#).is_daily());
    }

    #[test]
    fn a_run_is_due_after_the_minimum_time() {
        let hours = |hours: i64| Timestamp::from_millis(hours * 60 * 60 * 1000);
        let daily = request(r#"{"at_most_every_hours":23}"#);
        assert!(daily.is_due(hours(1), hours(24)) && !daily.is_due(hours(1), hours(23)));
        assert!(request("{}").is_due(hours(1), hours(1)));
    }
}
