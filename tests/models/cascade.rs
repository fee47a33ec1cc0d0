//! The cascade: the deletion of a user or a thread, and of everything that belongs to it.
//!
//! A user has a thread with messages. While the account or the thread is deleted, writers add a message and a thread.
//! The deletion erases a row with the tombstone, and two passes of the purge erase the others, a page at a time. The
//! stream starts passes, and so does the schedule at any time. A pass is killed before any of its calls, or in the
//! middle of a batch. DynamoDB applies a transaction row by row, so a row of a writer lands after the tombstone, and a
//! pass sees rows that the deletion is about to erase. The tombstone expires, and an old webhook arrives.
//!
//! Two assumptions are built in. All rows of a transaction are visible a minute after it (the settling minute). A
//! webhook that arrives after the tombstone has expired is older than the lifetime of a tombstone; the model of sync
//! has the details.
//!
//! Leases are left out. A pass that stops because another one holds the lease is a pass that is killed. A killed pass
//! that the stream delivers again is a pass that the schedule starts.
//!
//! The count of erased rows is in the model, because a pass compares it before it erases, but the count is no promise.
//! A row that lands beyond the pass may be left out, as `Store::purge` says. And a row may be counted twice: a pass may
//! see a row that the deletion has counted and will erase a moment later, and counts the row again.

mod mutants;
mod properties;
mod purge;
pub(crate) mod state;
mod steps;

use stateright::{Model, Property};

use self::{
    mutants::Mutant,
    state::{State, Step},
};
use crate::check::{assert_breaks, assert_holds, is_thorough};

/// The model: its bounds, and the rule that it lacks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cascade {
    mutant: Option<Mutant>,
    bounds: Bounds,
}

/// What may happen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The account is deleted.
    pub(crate) user: bool,
    /// The thread is deleted.
    pub(crate) thread: bool,
    /// A writer adds a message to the thread.
    pub(crate) message: bool,
    /// A writer adds another thread.
    pub(crate) new_thread: bool,
    /// A deletion is requested again.
    pub(crate) repeat: bool,
    /// A late webhook arrives.
    pub(crate) webhook: bool,
}

impl Cascade {
    pub(crate) fn new(bounds: Bounds, mutant: Option<Mutant>) -> Self {
        Self { mutant, bounds }
    }

    fn lacks(&self, rule: Mutant) -> bool {
        self.mutant == Some(rule)
    }
}

impl Model for Cascade {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self)]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        self.steps(state, steps);
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let mut state = self.take(*state, step);
        // Passes are alike.
        state.passes.sort_unstable();
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

/// The deletion of an account.
pub(crate) const USER: Bounds =
    Bounds { user: true, thread: false, message: true, new_thread: true, repeat: true, webhook: true };
/// The deletion of a thread.
pub(crate) const THREAD: Bounds =
    Bounds { user: false, thread: true, message: true, new_thread: false, repeat: true, webhook: false };
/// The deletion of a thread and of its account.
pub(crate) const BOTH: Bounds =
    Bounds { user: true, thread: true, message: false, new_thread: false, repeat: false, webhook: false };

#[test]
fn a_cascade_keeps_its_promises_at_every_point() {
    let mut bounds = vec![USER, THREAD, BOTH];
    if is_thorough() {
        bounds.push(Bounds { message: true, repeat: true, ..BOTH });
    }
    assert_holds(bounds.into_iter().map(|bounds| Cascade::new(bounds, None)));
}

#[test]
fn every_rule_of_the_cascade_is_needed() {
    for (mutant, promise) in mutants::ALL {
        println!("{mutant:?}");
        let bounds = match mutant {
            Mutant::NoThreadCheck => THREAD,
            Mutant::ClosesWithoutTombstone => BOTH,
            _ => USER,
        };
        assert_breaks(Cascade::new(bounds, Some(mutant)), promise);
    }
}
