//! What an invocation is to do.

use serde::{Deserialize, Deserializer, de::Error};
use usher_store::Timestamp;

use crate::run::Run;

const HOUR_MS: f64 = 60.0 * 60.0 * 1000.0;

/// The event. By hand, `{}` only looks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// Only counts what it would do.
    #[serde(default = "yes")]
    pub(crate) dry_run: bool,
    /// The daily run, as the schedule orders it: it notes who is unknown, and counts the changes that no webhook told of.
    #[serde(default)]
    scheduled: bool,
    /// Deletes the users here that Clerk no longer knows.
    #[serde(default)]
    pub(crate) delete_unknown: bool,
    /// How many of the users here one run may delete, in per cent; where more are unknown, it deletes none.
    #[serde(default = "one", deserialize_with = "percent")]
    pub(crate) max_delete_percent: f64,
    /// Does nothing where the last run of this kind began less than so many hours ago; a run that was not finished goes on.
    #[serde(default)]
    at_most_every_hours: f64,
}

impl Order {
    /// Runs of different kinds know nothing of each other.
    pub(crate) fn job(&self) -> &'static str {
        match (self.dry_run, self.scheduled, self.delete_unknown) {
            (true, ..) => "reconcile-users#dry-run",
            (false, true, _) => "reconcile-users#daily",
            (false, false, false) => "reconcile-users#bring-in",
            (false, false, true) => "reconcile-users#delete-unknown",
        }
    }

    /// A dry run notes nothing, whoever orders it.
    pub(crate) fn is_daily(&self) -> bool {
        self.scheduled && !self.dry_run
    }

    pub(crate) fn is_too_early_after(&self, run: &Run) -> bool {
        ((Timestamp::now().as_millis() - run.started_at.as_millis()) as f64) < self.at_most_every_hours * HOUR_MS
    }

    /// How many of `users` may be deleted.
    pub(crate) fn most_deletions(&self, users: u64) -> u64 {
        (users as f64 * self.max_delete_percent / 100.0).floor() as u64
    }
}

fn yes() -> bool {
    true
}

fn one() -> f64 {
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

    #[test]
    fn by_hand_it_only_looks_unless_told_otherwise() {
        let order: Order = serde_json::from_str("{}").unwrap();
        assert!(order.dry_run && !order.delete_unknown);
        assert_eq!((order.most_deletions(1000), order.most_deletions(99)), (10, 0));
        assert_eq!(order.job(), "reconcile-users#dry-run");
        for wrong in [r#"{"dryrun":false}"#, r#"{"max_delete_percent":101}"#, r#"{"max_delete_percent":-1}"#] {
            assert!(serde_json::from_str::<Order>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_a_run_that_is_no_dry_run_is_the_daily_one() {
        let is_daily = |order| serde_json::from_str::<Order>(order).unwrap().is_daily();
        assert!(is_daily(r#"{"dry_run":false,"scheduled":true}"#));
        assert!(!is_daily(r#"{"scheduled":true}"#) && !is_daily(r#"{"dry_run":false}"#));
    }
}
