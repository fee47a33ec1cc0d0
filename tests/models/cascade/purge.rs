//! The calls of a pass of the purge, as in `shared/store/src/deletion/purge.rs` and `receipt.rs`.

use crate::cascade::{
    Cascade,
    mutants::Mutant,
    state::{NEW_MESSAGE, NEW_THREAD, Owner, Pass, Phase, Stage, State, THREAD},
};

/// The number of rows in a page. It stands for 400.
pub(crate) const PAGE: u32 = 2;

impl Cascade {
    /// Begins a pass, which reads the receipt.
    pub(crate) fn begin(state: &mut State, number: usize, owner: Owner, is_woken: bool) {
        let deletion = state.deletion_mut(owner);
        if is_woken {
            // A record is delivered again if its pass is killed. The schedule stands for that too.
            deletion.has_record = false;
        }
        if deletion.is_pending() {
            let (erased, counted_to) = (deletion.erased, deletion.counted_to);
            state.passes[number] = Pass { stage: Stage::Query, owner, is_woken, erased, counted_to };
        }
    }

    /// Performs the next call of a pass.
    pub(crate) fn call(&self, state: &mut State, number: usize) {
        let mut next = state.passes[number];
        let pass = &mut next;
        match pass.stage {
            Stage::Idle => {}
            Stage::Query => self.query(state, pass),
            Stage::Count(rows) => self.count(state, pass, rows),
            Stage::Erase(rows) => {
                state.erase(rows);
                pass.stage = if rows.count_ones() < PAGE && self.lacks(Mutant::ClosesWithoutEmptyQuery) {
                    Stage::Close
                } else {
                    after_page(pass)
                };
            }
            Stage::Settle => {
                let erased = pass.erased;
                let deletion = state.deletion_mut(pass.owner);
                if deletion.is_pending() && deletion.erased == erased {
                    deletion.counted_to = 0;
                    deletion.is_woken = false;
                }
                *pass = Pass::IDLE;
            }
            Stage::Close => {
                self.close(state, pass.owner);
                *pass = Pass::IDLE;
            }
            Stage::Release => {
                let deletion = state.deletion_mut(pass.owner);
                if deletion.is_pending() && pass.is_woken {
                    deletion.wake();
                } else if deletion.is_pending() {
                    deletion.is_woken = false;
                }
                *pass = Pass::IDLE;
            }
        }
        state.passes[number] = next;
    }

    fn query(&self, state: &State, pass: &mut Pass) {
        let mut found = state.children(pass.owner);
        if self.lacks(Mutant::EventualQuery) {
            found &= !(NEW_MESSAGE | NEW_THREAD);
        }
        if self.lacks(Mutant::CountedIsPassedOver) {
            found &= !pass.counted_to;
        }
        let rows = first(found, PAGE);
        pass.stage = if rows == 0 {
            match state.deletion(pass.owner).is_settled || self.lacks(Mutant::NoSettlingMinute) {
                true => Stage::Close,
                false if pass.counted_to != 0 => Stage::Settle,
                false => Stage::Idle,
            }
        } else if rows & !pass.counted_to == 0 {
            // An earlier pass has counted all of them.
            Stage::Erase(rows)
        } else {
            Stage::Count(rows)
        };
        if pass.stage == Stage::Idle {
            *pass = Pass::IDLE;
        }
    }

    /// Counts the rows of a page that are not counted yet, unless another pass was faster.
    fn count(&self, state: &mut State, pass: &mut Pass, rows: u8) {
        let deletion = state.deletion_mut(pass.owner);
        if !deletion.is_pending() {
            *pass = Pass::IDLE;
            return;
        }
        if deletion.erased != pass.erased {
            (pass.erased, pass.counted_to) = (deletion.erased, deletion.counted_to);
            pass.stage = after_page(pass);
            return;
        }
        let fresh = u8::try_from((rows & !pass.counted_to).count_ones()).unwrap_or(u8::MAX);
        // All rows up to the last one of the page.
        let counted_to = u8::MAX >> rows.leading_zeros();
        (pass.erased, pass.counted_to) = (pass.erased + fresh, counted_to);
        (deletion.erased, deletion.counted_to) = (pass.erased, counted_to);
        deletion.is_woken = false;
        pass.stage = Stage::Erase(rows);
        if rows.count_ones() < PAGE && deletion.is_settled && self.lacks(Mutant::ClosesBeforeErasing) {
            self.close(state, pass.owner);
        }
    }

    fn close(&self, state: &mut State, owner: Owner) {
        let deletion = state.deletion_mut(owner);
        if deletion.is_pending() {
            deletion.phase = if self.lacks(Mutant::NoLifetime) { Phase::Gone } else { Phase::Closed };
            (deletion.counted_to, deletion.is_woken) = (0, false);
        } else if owner == Owner::Thread && self.lacks(Mutant::ClosesWithoutTombstone) {
            // An update without a condition creates the row.
            deletion.phase = Phase::Closed;
            state.rows |= THREAD;
        }
    }
}

/// Returns what a pass does after a page.
fn after_page(pass: &Pass) -> Stage {
    if pass.is_woken { Stage::Release } else { Stage::Query }
}

/// Returns the first rows of a set, at most `limit`.
pub(crate) fn first(mut rows: u8, limit: u32) -> u8 {
    let mut first = 0;
    for _ in 0..limit {
        first |= rows & rows.wrapping_neg();
        rows &= !first;
    }
    first
}
