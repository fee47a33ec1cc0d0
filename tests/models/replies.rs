//! A reply while it grows: requests with the same key, their writers, a stop, a reader, and the end of the thread or the
//! user.
//!
//! Requests begin the reply, follow it, take it over and write it. A writer is slow or dies at any step, so its lease
//! ends at any time, and it may come back after another one took the reply over. Another reply of the user takes a free
//! place. One reader looks at the reply, call by call. Each transaction is one step: the model of the cascade covers
//! rows that become visible one by one.
//!
//! Three assumptions are built in. The lease of a place ends no earlier than the one in the row, because every write that
//! renews the one in the row renews both. A request reads the row before the places, or both at the same time.
//! A lease does not begin and end between two calls of a reader.

mod mutants;
mod properties;
mod reader;
mod request;
mod state;
mod steps;

use stateright::{Model, Property};

use self::{
    mutants::Mutant,
    properties::{IS_INTERRUPTED, IS_STREAMING, KEPT, ONE_REPLY, ONE_WRITER, OTHERS},
    state::{State, Step},
};
use crate::check::{assert_breaks, assert_holds, is_thorough};

/// The model: its bounds, and the rule that it lacks.
#[derive(Debug, Clone, Copy)]
struct Replies {
    mutant: Option<Mutant>,
    bounds: Bounds,
}

/// How often each thing may happen.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// The number of requests with the same key, at most [`state::REQUESTS`].
    requests: u8,
    /// The number of pieces in the model's answer, at most 3.
    pieces: u8,
    /// The number of times that the lease of a place ends.
    expiries: u8,
    deaths: u8,
    /// The number of other replies.
    others: u8,
    stops: u8,
    reads: u8,
    /// Bans and deletions, at most 1.
    endings: u8,
}

/// Several writers, one after the other, whatever dies.
const WRITERS: Bounds =
    Bounds { requests: 3, pieces: 3, expiries: 3, deaths: 1, others: 1, stops: 0, reads: 0, endings: 0 };
/// A stop, a ban, and the deletion of the thread or the user.
const ENDS: Bounds =
    Bounds { requests: 2, pieces: 2, expiries: 2, deaths: 1, others: 1, stops: 1, reads: 0, endings: 1 };
/// What a reader sees.
const READS: Bounds =
    Bounds { requests: 2, pieces: 1, expiries: 2, deaths: 1, others: 1, stops: 1, reads: 1, endings: 0 };

impl Replies {
    fn new(bounds: Bounds, mutant: Option<Mutant>) -> Self {
        Self { mutant, bounds }
    }

    fn lacks(&self, rule: Mutant) -> bool {
        self.mutant == Some(rule)
    }
}

impl Model for Replies {
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
fn replies_keep_their_promises_whatever_dies() {
    let bounds = if is_thorough() {
        [WRITERS, ENDS, READS].map(|bounds| Bounds { requests: 3, pieces: 3, expiries: 3, ..bounds })
    } else {
        [WRITERS, ENDS, READS]
    };
    assert_holds(bounds.map(|bounds| Replies::new(bounds, None)));
}

#[test]
fn every_rule_of_replies_is_needed() {
    for (mutant, promise) in mutants::ALL {
        println!("{mutant:?}");
        let bounds = match promise {
            IS_INTERRUPTED | IS_STREAMING => READS,
            ONE_REPLY | ONE_WRITER | KEPT | OTHERS => WRITERS,
            _ => ENDS,
        };
        assert_breaks(Replies::new(bounds, Some(mutant)), promise);
    }
}
