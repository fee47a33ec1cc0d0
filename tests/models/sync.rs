//! The sync of one user from three sources: webhooks, the user's first request, and reconcile.
//!
//! Clerk creates the user, changes it and may delete it. Each of these events is a message that arrives late, twice, in
//! any order, or never. A request of a user without a row fetches the user from Clerk's Backend API and stores it
//! later. The daily run of reconcile does the same for every user, and searches for users that Clerk does not know.
//! The time advances in days of the model. The tombstone of a deleted user stays for two of them, which stand for 90.
//!
//! Three assumptions are built in. A request or a run ends within a day, so a fetched user is at most a day old. Clerk
//! deletes a user for good, and never changes it afterwards. Clerk may not know a user on the day of its creation, and
//! on one other day (`Hidden`).

mod mutants;
mod properties;
pub(crate) mod state;
mod steps;
pub(crate) mod version;

use stateright::{Model, Property};

use self::{
    mutants::Mutant,
    state::{State, Step},
};
use crate::check::{assert_breaks, assert_holds, is_thorough};

/// The model: its bounds, and the rule that it lacks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sync {
    mutant: Option<Mutant>,
    /// The number of versions that Clerk may send, at most 4.
    versions: u8,
    /// The number of messages that may arrive once more.
    repeats: u8,
    /// The number of messages that may be lost.
    losses: u8,
    /// The last day.
    days: u8,
}

impl Sync {
    pub(crate) fn new(mutant: Option<Mutant>) -> Self {
        let days = if is_thorough() { 5 } else { 3 };
        Self { mutant, versions: 4, repeats: 1, losses: 1, days }
    }

    fn lacks(&self, rule: Mutant) -> bool {
        self.mutant == Some(rule)
    }
}

impl Model for Sync {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::new(self)]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        self.steps(state, steps);
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        Some(self.take(*state, step))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

#[test]
fn sync_keeps_its_promises_in_every_order_of_arrival() {
    assert_holds([Sync::new(None)]);
}

#[test]
fn every_rule_of_sync_is_needed() {
    for (mutant, promise) in mutants::ALL {
        println!("{mutant:?}");
        assert_breaks(Sync::new(Some(mutant)), promise);
    }
}
