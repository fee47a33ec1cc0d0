//! A schedule, or by hand: brings the users here in line with Clerk's.
//!
//! Pages through Clerk's users and brings in what is missing or older here; then goes through the users here and reports
//! those that Clerk no longer knows, which it deletes only if the order or the stack says so. It may be stopped or die at any
//! point: the next invocation goes on where it was.

mod bring_in;
mod order;
mod place;
mod run;
mod unknown;

use std::time::{Duration, Instant};

use tokio::time::{Interval, MissedTickBehavior, interval};
use usher_clerk::{BackendError, RetryPolicy};
use usher_runtime::{ClerkUsers, InitError};
use usher_store::{Store, Timestamp};

use crate::{
    order::Order,
    run::{Journal, Outcome, Report, Run, Stage},
};

/// What is left of the time for the end of a page.
const MARGIN: Duration = Duration::from_secs(20);

/// The two sides.
pub(crate) struct Reconcile {
    store: Store,
    clerk: ClerkUsers,
    /// Whether the daily run deletes users whom Clerk has not known for long.
    deletes_unknown: bool,
}

/// What a run works with.
pub(crate) struct Work<'a> {
    sides: &'a Reconcile,
    order: Order,
    journal: Journal<'a>,
    /// Paces the requests to Clerk.
    pace: Interval,
    deadline: Instant,
    /// How many entries of Clerk's list in a row could not be read.
    unread: usize,
}

/// Why an invocation ended early. The next one goes on from the last page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Store(#[from] usher_store::Error),
    #[error(transparent)]
    Clerk(#[from] BackendError),
    #[error("the state of the run is not to be written: {0}")]
    State(#[from] serde_json::Error),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), usher_runtime::Error> {
    usher_runtime::serve_events(init(), reconcile_users).await
}

async fn init() -> Result<Reconcile, InitError> {
    let clerk = usher_runtime::required_clerk_users(RetryPolicy::BATCH).await?;
    Ok(Reconcile { store: usher_runtime::open_store().await?, clerk, deletes_unknown: deletes_unknown()? })
}

fn deletes_unknown() -> Result<bool, InitError> {
    const DELETES: &str = "DELETE_UNKNOWN_USERS";
    match usher_runtime::variable(DELETES).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(InitError::invalid(DELETES, "must be true or false")),
    }
}

async fn reconcile_users(sides: &Reconcile, order: Order, deadline: Instant) -> Result<Report, usher_runtime::Error> {
    let (journal, last) = Journal::open(&sides.store, order.job()).await?;
    let mut run = match last {
        Some(run) if !run.is_finished() => run,
        Some(run) if order.is_too_early_after(&run) => return Ok(run.report(&order, Outcome::NotDue)),
        _ => Run::new(Timestamp::now()),
    };
    let mut pace = interval(sides.clerk.with_key(async |api| Ok(api.fair_pause())).await?);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let deadline = deadline.checked_sub(MARGIN).unwrap_or(deadline);
    let mut work = Work { sides, order, journal, pace, deadline, unread: 0 };
    let outcome = match work.go_on(&mut run).await {
        Ok(outcome) => outcome,
        Err(Failure::Store(usher_store::Error::VersionMismatch)) => Outcome::Busy,
        Err(error) => return Err(error.into()),
    };
    let report = run.report(&work.order, outcome);
    report.tell();
    Ok(report)
}

impl Work<'_> {
    /// Stage after stage, until the run is finished or the time is up.
    async fn go_on(&mut self, run: &mut Run) -> Result<Outcome, Failure> {
        loop {
            if run.is_finished() {
                return Ok(Outcome::Finished);
            }
            if Instant::now() >= self.deadline {
                return Ok(Outcome::Unfinished);
            }
            match run.stage.clone() {
                Stage::BringIn(place) => self.bring_in_page(run, place).await?,
                Stage::Find { after } => self.find_page(run, after).await?,
                Stage::Delete { done, counted } => self.delete_page(run, done, counted).await?,
                Stage::Finished { .. } => {}
            }
        }
    }
}
