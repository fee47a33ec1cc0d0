//! Live updates: a client over an API Gateway WebSocket, and the notifier that reads the table's stream.
//!
//! One client of one user dials sockets, one after the other. It dials the next one after a cut, or while the last one
//! still works. Writers commit transactions with two rows, which become visible one by one. Each row that changes is a
//! record in the stream. The notifier handles records in any order, dies in the middle of its posts and begins again,
//! and a post may fail for good. The user is deleted or banned, or the session ends, while a hello is on its way: its
//! row may land after the tombstone, or after the record of the ban was handled. Leases end at any time.
//!
//! Assumptions that are built in. A hello is answered only after its row is visible, because DynamoDB answers a
//! transaction when it is applied. The purge closes a deletion only after every row that was on its way is visible (the
//! settling minute of `shared/store/src/deletion.rs`).
//!
//! A connection id is never used again, so a late 410 is always about a connection that is gone. A second user would
//! change nothing: the notifier finds connections by the partition of the record. Two users on one socket are not in the
//! model.

mod client;
mod mutants;
mod notifier;
mod properties;
mod state;
mod steps;

use stateright::{Model, Property};

use self::{
    mutants::Mutant,
    properties::{LIMITED, NOTHING_MISSED},
    state::{State, Step},
};
use crate::check::{assert_breaks, assert_holds, is_thorough};

/// The model: its bounds, and the rule that it lacks.
#[derive(Debug, Clone, Copy)]
struct Live {
    mutant: Option<Mutant>,
    bounds: Bounds,
}

/// How often each thing may happen.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    writes: u8,
    sockets: u8,
    cuts: u8,
    crashes: u8,
    failed_posts: u8,
    renewals: u8,
    expiries: u8,
    endings: u8,
}

/// What the client shows, whatever is cut, lost or repeated.
const UPDATES: Bounds =
    Bounds { writes: 1, sockets: 2, cuts: 1, crashes: 1, failed_posts: 1, renewals: 0, expiries: 0, endings: 0 };
/// The end of a user or of a session.
const ENDS: Bounds =
    Bounds { writes: 0, sockets: 2, cuts: 0, crashes: 1, failed_posts: 0, renewals: 1, expiries: 1, endings: 1 };
/// More sockets than the limit allows.
const SOCKETS: Bounds =
    Bounds { writes: 0, sockets: 3, cuts: 1, crashes: 1, failed_posts: 0, renewals: 0, expiries: 0, endings: 0 };

impl Live {
    fn new(bounds: Bounds, mutant: Option<Mutant>) -> Self {
        Self { mutant, bounds }
    }

    fn lacks(&self, rule: Mutant) -> bool {
        self.mutant == Some(rule)
    }
}

impl Model for Live {
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
fn live_updates_keep_their_promises_whatever_fails() {
    let bounds = if is_thorough() {
        [Bounds { expiries: 1, ..UPDATES }, Bounds { cuts: 1, endings: 2, ..ENDS }, Bounds { endings: 1, ..SOCKETS }]
    } else {
        [UPDATES, ENDS, SOCKETS]
    };
    assert_holds(bounds.map(|bounds| Live::new(bounds, None)));
}

#[test]
fn every_rule_of_live_updates_is_needed() {
    for (mutant, promise) in mutants::ALL {
        println!("{mutant:?}");
        let bounds = match promise {
            NOTHING_MISSED => Bounds { expiries: 1, ..UPDATES },
            LIMITED => SOCKETS,
            _ => ENDS,
        };
        assert_breaks(Live::new(bounds, Some(mutant)), promise);
    }
}
