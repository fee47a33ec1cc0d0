//! The report of an invocation.

use serde::Serialize;
use usher_contract::Timestamp;

use crate::{
    request::ReconcileRequest,
    run_state::{Counts, RunState},
};

/// The outcome of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// The run is finished.
    Finished,
    /// The time was up. The next invocation continues the run.
    Unfinished,
    /// Another invocation works on this run.
    Busy,
    /// The last run began too recently.
    NotDue,
}

/// The report of an invocation. The names in its JSON are part of the function's interface.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The outcome of the invocation.
    pub outcome: RunOutcome,
    /// `true` if the run is a dry run.
    pub dry_run: bool,
    /// `true` if the run is the daily one.
    pub scheduled: bool,
    /// When the run began.
    pub started_at: Timestamp,
    /// `true` if more users were unknown than one run may delete. Then none was deleted.
    pub over_limit: bool,
    /// The counts of the whole run, including earlier invocations.
    #[serde(flatten)]
    pub counts: Counts,
}

impl Report {
    pub(crate) fn new(request: &ReconcileRequest, run: &RunState, outcome: RunOutcome) -> Self {
        Self {
            outcome,
            dry_run: request.dry_run,
            scheduled: request.is_daily(),
            started_at: run.started_at,
            over_limit: run.over_limit,
            counts: run.counts.clone(),
        }
    }
}
