//! The steps of a run.

mod delete;
mod import;
mod lookup;
mod search;

use tokio::time::{Interval, MissedTickBehavior, interval};
use usher_clerk::BackendApi;
use usher_contract::Timestamp;
use usher_store::Store;

use crate::{
    checkpoint_store::CheckpointStore,
    deletion_policy::DeletionPolicy,
    error::ReconcileError,
    report::{Report, RunOutcome},
    request::ReconcileRequest,
    run_state::{RunState, Stage},
};

/// One invocation of a run.
pub struct Reconciler<'a> {
    store: &'a Store,
    request: ReconcileRequest,
    deletes_standing: bool,
    checkpoints: CheckpointStore<'a>,
    run: RunState,
    is_due: bool,
    /// Paces the requests to Clerk. `None` before the first request.
    pace: Option<Interval>,
    /// The number of consecutive entries of Clerk's list that could not be read.
    unreadable_in_a_row: usize,
}

impl<'a> Reconciler<'a> {
    /// Reads the checkpoint and continues its run, or begins a new run. `deletes_standing` says whether the daily run
    /// deletes standing users.
    ///
    /// # Errors
    /// The checkpoint could not be read.
    pub async fn open(
        store: &'a Store,
        request: ReconcileRequest,
        deletes_standing: bool,
    ) -> Result<Self, ReconcileError> {
        let (checkpoints, last) = CheckpointStore::open(store, request.job()).await?;
        let now = Timestamp::now();
        let (run, is_due) = match last {
            Some(run) if !run.is_finished() => (run, true),
            Some(run) if !request.is_due(run.started_at, now) => (run, false),
            _ => (RunState::new(now), true),
        };
        Ok(Self { store, request, deletes_standing, checkpoints, run, is_due, pace: None, unreadable_in_a_row: 0 })
    }

    /// Returns whether there is a run to continue, or a new run may begin. If not, the last run began too recently.
    pub fn is_due(&self) -> bool {
        self.is_due
    }

    /// Runs one step: reads, compares and changes one page of users. Returns the outcome if the run is finished or
    /// another invocation works on it, and `None` if there are more steps.
    ///
    /// # Errors
    /// A request to Clerk or to the table failed. The step may be repeated, with another client if Clerk rejected the
    /// key.
    pub async fn step(&mut self, clerk: &BackendApi) -> Result<Option<RunOutcome>, ReconcileError> {
        let step = match self.run.stage.clone() {
            Stage::Import(cursor) => self.import_page(clerk, cursor).await,
            Stage::Search { after } => self.search_page(clerk, after).await,
            Stage::Delete(cursor) => self.delete_page(clerk, cursor).await,
            Stage::Finished { .. } => Ok(()),
        };
        match step {
            Ok(()) => Ok(self.run.is_finished().then_some(RunOutcome::Finished)),
            Err(ReconcileError::Store(usher_store::Error::VersionMismatch)) => Ok(Some(RunOutcome::Busy)),
            Err(error) => Err(error),
        }
    }

    /// Reports on the run.
    pub fn report(&self, outcome: RunOutcome) -> Report {
        Report::new(&self.request, &self.run, outcome)
    }

    fn policy(&self) -> DeletionPolicy<'_> {
        DeletionPolicy { request: &self.request, deletes_standing: self.deletes_standing }
    }

    async fn save(&mut self) -> Result<(), ReconcileError> {
        self.checkpoints.save(&self.run).await
    }

    /// Waits until the next request may be sent. The pauses leave half of Clerk's rate limit to other callers.
    async fn wait_for_turn(&mut self, clerk: &BackendApi) {
        let pace = self.pace.get_or_insert_with(|| {
            let mut pace = interval(clerk.fair_pause());
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            pace
        });
        pace.tick().await;
    }
}
