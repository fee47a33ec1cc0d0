//! How far a run has come, and what it has found.

use serde::{Deserialize, Serialize};
use usher_runtime::metrics;
use usher_store::{Checkpoint, Store, Timestamp};

use crate::{Failure, order::Order, place::Place};

/// A run. It is written down after each page, before the page is acted on: then every user is counted once, however
/// often the run is killed, and acting twice changes nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) started_at: Timestamp,
    pub(crate) stage: Stage,
    pub(crate) counts: Counts,
    /// More users were unknown than one run may delete.
    pub(crate) over_limit: bool,
}

/// What a run is at.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Clerk's users, the oldest first.
    BringIn(Place),
    /// The users here, in the order of [`usher_store::list_order`], to find those that Clerk does not know.
    Find { after: Option<String> },
    /// The same, to delete those: up to `counted` they are counted, up to `done` deleted too.
    Delete { done: Option<String>, counted: Option<String> },
    /// The end.
    Finished { at: Timestamp },
}

/// What a run has found and done; in a dry run, would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Counts {
    /// Users at Clerk.
    pub(crate) at_clerk: u64,
    /// Of these: missing here, brought in.
    pub(crate) created: u64,
    /// Older here, replaced.
    pub(crate) updated: u64,
    /// Of the created and updated, in the daily run: changed so long ago that a webhook must have been lost.
    pub(crate) missed: u64,
    /// The same here, or newer.
    pub(crate) unchanged: u64,
    /// Deleted here: a tombstone is never overwritten.
    pub(crate) deleted_here: u64,
    /// Not to be kept: no user object, no valid id, or too large.
    pub(crate) refused: u64,
    /// Users here.
    pub(crate) here: u64,
    /// Of these: not known to Clerk.
    pub(crate) unknown: u64,
    /// Of these, in the daily run: unknown in an earlier one, too, long enough before it.
    pub(crate) standing: u64,
    /// Deleted, being unknown.
    pub(crate) deleted: u64,
}

/// How an invocation ended.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Finished,
    /// The time was up; the next invocation goes on.
    Unfinished,
    /// Another invocation is at work on this run.
    Busy,
    /// The last run was not long enough ago.
    NotDue,
}

/// What an invocation answers.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    outcome: Outcome,
    dry_run: bool,
    scheduled: bool,
    started_at: Timestamp,
    over_limit: bool,
    #[serde(flatten)]
    counts: Counts,
}

impl Run {
    pub(crate) fn new(started_at: Timestamp) -> Self {
        let stage = Stage::BringIn(Place::default());
        Self { started_at, stage, counts: Counts::default(), over_limit: false }
    }

    pub(crate) fn is_finished(&self) -> bool {
        matches!(self.stage, Stage::Finished { .. })
    }

    pub(crate) fn finish(&mut self) {
        self.stage = Stage::Finished { at: Timestamp::now() };
    }

    pub(crate) fn report(&self, order: &Order, outcome: Outcome) -> Report {
        let (started_at, over_limit, counts) = (self.started_at, self.over_limit, self.counts.clone());
        Report { outcome, dry_run: order.dry_run, scheduled: order.is_daily(), started_at, over_limit, counts }
    }
}

impl Report {
    pub(crate) fn tell(&self) {
        if matches!(self.outcome, Outcome::Finished) {
            metrics::unknown_users(self.counts.unknown);
            if self.scheduled {
                metrics::standing_unknown_users(self.counts.standing.saturating_sub(self.counts.deleted));
                metrics::missed_changes(self.counts.missed);
            }
        }
        if self.over_limit {
            metrics::reconcile_over_limit();
        }
        match serde_json::to_string(self) {
            Ok(report) if self.over_limit => {
                tracing::error!(report, "more users are unknown to Clerk than one run may delete: none was deleted");
            }
            Ok(report) => tracing::info!(report, "reconciled"),
            Err(error) => tracing::error!(%error, "the report is no JSON"),
        }
    }
}

/// Where a run is written down.
pub(crate) struct Journal<'a> {
    store: &'a Store,
    job: &'static str,
    last: Checkpoint,
}

impl<'a> Journal<'a> {
    /// Opens the journal of a kind of runs, and reads the last one. What an older version of this function has written and
    /// this one cannot read is no run: a new one begins, and brings in what that one would have.
    pub(crate) async fn open(store: &'a Store, job: &'static str) -> Result<(Self, Option<Run>), Failure> {
        let last = store.get_checkpoint(job).await?;
        let run = match serde_json::from_str(&last.state) {
            Ok(run) => Some(run),
            Err(_) if last.version == 0 => None,
            Err(error) => {
                tracing::warn!(%error, "the last run cannot be read; a new one begins");
                None
            }
        };
        Ok((Self { store, job, last }, run))
    }

    /// Writes a run down; where someone else has since the last time, that is a [`usher_store::Error::VersionMismatch`].
    pub(crate) async fn save(&mut self, run: &Run) -> Result<(), Failure> {
        self.last = self.store.save_checkpoint(self.job, &self.last, serde_json::to_string(run)?).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use usher_clerk::{Entry, User};

    use super::*;

    /// A page of users of one millisecond, with the longest ids.
    fn page(number: usize) -> Vec<String> {
        let object = |user| format!(r#"{{"id":"user_{number:0>32}{user:0>32}","created_at":{}}}"#, i64::MAX);
        (0..100).map(object).collect()
    }

    #[test]
    fn what_is_written_down_is_small_whatever_clerk_holds() {
        let mut run = Run::new(Timestamp::MAX);
        let counts = serde_json::to_string(&run.counts).unwrap().replace('0', &u64::MAX.to_string());
        run.counts = serde_json::from_str(&counts).unwrap();
        let mut place = Place::default();
        for number in 0..60 {
            let texts = page(number);
            let entries: Vec<_> =
                texts.iter().map(|text| Entry { text, user: Ok(User::parse(text).unwrap()) }).collect();
            place.count(&entries);
            run.stage = Stage::BringIn(place.clone());
            let state = serde_json::to_string(&run).unwrap();
            assert!(state.len() < 3500, "{} bytes", state.len());
            place = place.pass(entries.len(), &entries);
        }
        let id = format!("user_{}", "x".repeat(64));
        run.stage = Stage::Delete { done: Some(id.clone()), counted: Some(id) };
        assert!(serde_json::to_string(&run).unwrap().len() < 3500);
    }
}
