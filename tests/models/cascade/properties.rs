//! What the cascade promises, and what must be reachable, so that no promise is empty.

use stateright::Property;

use crate::cascade::{
    Cascade,
    mutants::Mutant,
    state::{NEW_MESSAGE, NEW_THREAD, Owner, Pass, Phase, Stage, State, Step, Writer},
};

pub(crate) const HIDDEN: &str = "nobody reads anything of a deleted owner";
pub(crate) const NO_ROW_LEFT: &str = "a closed deletion leaves no row";
pub(crate) const TOMBSTONE_STAYS: &str = "a tombstone stays as long as its rows";
pub(crate) const NEVER_BACK: &str = "a deleted user never comes back";
pub(crate) const ENDS: &str = "a pass that is left alone closes the deletion";

/// More calls than a pass needs that nothing disturbs.
const CALLS: usize = 12;

pub(crate) fn all() -> Vec<Property<Cascade>> {
    vec![
        Property::always(HIDDEN, |model: &Cascade, state: &State| {
            Owner::ALL.iter().all(|owner| !state.deletion(*owner).is_answered || !model.is_readable(state, *owner))
        }),
        Property::always(NO_ROW_LEFT, |_, state: &State| {
            let is_closed = |owner| state.deletion(owner).phase == Phase::Closed;
            Owner::ALL.iter().all(|owner| !is_closed(*owner) || !has_rows(state, *owner))
        }),
        Property::always(TOMBSTONE_STAYS, |_, state: &State| {
            let is_gone = |owner| state.deletion(owner).phase == Phase::Gone;
            // The rows of a thread that was erased with its account are the account's.
            !(is_gone(Owner::User) && has_rows(state, Owner::User)
                || state.user.phase == Phase::Alive && is_gone(Owner::Thread) && has_rows(state, Owner::Thread))
        }),
        Property::always(NEVER_BACK, |_, state: &State| state.user.phase != Phase::Back),
        Property::always(ENDS, |model: &Cascade, state: &State| {
            // Every pass can be killed, so the states without passes are enough.
            state.passes != [Pass::IDLE; 2]
                || Owner::ALL.iter().all(|owner| !state.deletion(*owner).is_pending() || model.ends(*state, *owner))
        }),
        Property::sometimes("a row lands after the tombstone", |model: &Cascade, state: &State| {
            !model.bounds.message
                || Owner::ALL.iter().any(|owner| state.deletion(*owner).is_pending() && state.landing(*owner) != 0)
        }),
        Property::sometimes("a row lands beyond a pass that has moved on", |model: &Cascade, state: &State| {
            let is_beyond = |pass: &Pass| {
                pass.stage != Stage::Idle
                    && pass.counted_to & state.landing(pass.owner) & (NEW_MESSAGE | NEW_THREAD) != 0
            };
            !model.bounds.new_thread || state.passes.iter().any(is_beyond)
        }),
        Property::sometimes("a page is counted and its pass is dead", |_, state: &State| {
            let is_counted = |owner: &Owner| state.deletion(*owner).counted_to & state.children(*owner) != 0;
            Owner::ALL.iter().any(is_counted) && state.passes == [Pass::IDLE; 2]
        }),
        Property::sometimes("a tombstone has expired", |_, state: &State| {
            Owner::ALL
                .iter()
                .any(|owner| state.deletion(*owner).phase == Phase::Gone && state.deletion(*owner).is_settled)
        }),
        Property::sometimes(
            "a thread is erased with its account during its own deletion",
            |model: &Cascade, state: &State| {
                !(model.bounds.user && model.bounds.thread)
                    || state.thread.phase == Phase::Gone
                        && state.passes.iter().any(|pass| pass.owner == Owner::Thread && pass.stage != Stage::Idle)
            },
        ),
        Property::sometimes("all is written, deleted and closed", |model: &Cascade, state: &State| {
            (state.message == Writer::Written || !model.bounds.message)
                && Owner::ALL.iter().any(|owner| state.deletion(*owner).phase == Phase::Closed)
        }),
    ]
}

/// Returns whether an owner has rows, visible or on their way.
fn has_rows(state: &State, owner: Owner) -> bool {
    state.children(owner) | state.landing(owner) != 0
}

impl Cascade {
    /// Returns whether a reader finds a row of an owner.
    fn is_readable(&self, state: &State, owner: Owner) -> bool {
        let is_alive = |phase| matches!(phase, Phase::Alive | Phase::Read(_) | Phase::Committed | Phase::Back);
        let is_admitted = is_alive(state.user.phase) && (owner == Owner::User || is_alive(state.thread.phase));
        state.children(owner) != 0 && (is_admitted || self.lacks(Mutant::UncheckedRead))
    }

    /// Returns whether a deletion is closed if everything lands, a minute passes, and the schedule or the stream starts
    /// a pass.
    fn ends(&self, mut state: State, owner: Owner) -> bool {
        for step in [Step::MessageLands, Step::NewThreadLands, Step::TombstoneLands(Owner::Thread)] {
            if self.is_possible(&state, step) {
                state = self.take(state, step);
            }
        }
        state.erase((state.user.erasing | state.thread.erasing) & state.rows);
        state.deletion_mut(owner).is_settled = true;
        if !self.lacks(Mutant::NoSchedule) {
            Self::begin(&mut state, 0, owner, false);
        }
        for _ in 0..CALLS {
            if state.deletion(owner).has_record && state.passes[0].stage == Stage::Idle {
                Self::begin(&mut state, 0, owner, true);
            }
            self.call(&mut state, 0);
        }
        !state.deletion(owner).is_pending()
    }
}
