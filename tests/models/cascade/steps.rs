//! What may happen in a state, and what it does.

use crate::cascade::{
    Cascade,
    mutants::Mutant,
    purge::first,
    state::{NEW_MESSAGE, NEW_THREAD, Owner, Pass, Phase, Stage, State, Step, THREAD, Writer},
};

/// The number of rows that a deletion erases at once. It stands for 99.
pub(crate) const ROWS: u32 = 1;

impl Cascade {
    pub(crate) fn steps(&self, state: &State, steps: &mut Vec<Step>) {
        let mut add = |step| {
            if self.is_possible(state, step) {
                steps.push(step);
            }
        };
        for step in [Step::WriteMessage, Step::WriteThread, Step::MessageLands, Step::NewThreadLands, Step::Webhook] {
            add(step);
        }
        for owner in Owner::ALL {
            for step in [Step::Read, Step::Hide, Step::TombstoneLands, Step::Answer, Step::Repeat] {
                add(step(owner));
            }
            for step in [Step::MinutePasses, Step::Expire] {
                add(step(owner));
            }
            for row in (0..5).map(|row| 1 << row) {
                add(Step::ErasureLands(owner, row));
            }
        }
        // Passes are alike, so only the first idle one is started.
        if let Some(idle) = state.passes.iter().position(|pass| pass.stage == Stage::Idle) {
            for owner in Owner::ALL {
                add(Step::StreamStarts(idle, owner));
                add(Step::ScheduleStarts(idle, owner));
            }
        }
        for number in 0..state.passes.len() {
            for step in [Step::Call, Step::ErasesPart, Step::Kill] {
                add(step(number));
            }
        }
    }

    pub(crate) fn is_possible(&self, state: &State, step: Step) -> bool {
        let is_alive = |phase| matches!(phase, Phase::Alive | Phase::Read(_));
        let deletion = |owner| state.deletion(owner);
        match step {
            // A transaction that meets another one on the same row is repeated.
            Step::WriteMessage => {
                state.message == Writer::Waiting
                    && state.user.phase != Phase::Committed
                    && state.thread.phase != Phase::Committed
            }
            Step::WriteThread => state.new_thread == Writer::Waiting && state.user.phase != Phase::Committed,
            Step::MessageLands => state.message == Writer::Landing,
            Step::NewThreadLands => state.new_thread == Writer::Landing,
            Step::Webhook => state.has_webhook && !matches!(state.user.phase, Phase::Alive | Phase::Read(_)),
            Step::Read(Owner::User) => self.bounds.user && state.user.phase == Phase::Alive,
            Step::Read(Owner::Thread) => {
                self.bounds.thread && state.thread.phase == Phase::Alive && is_alive(state.user.phase)
            }
            Step::Hide(owner) => match deletion(owner).phase {
                Phase::Read(rows) => rows & THREAD == 0 || state.thread.phase != Phase::Committed,
                _ => false,
            },
            Step::TombstoneLands(owner) => deletion(owner).phase == Phase::Committed,
            Step::ErasureLands(owner, row) => deletion(owner).erasing & row != 0,
            Step::Answer(owner) => {
                let deletion = deletion(owner);
                let is_applied = matches!(deletion.phase, Phase::Hidden | Phase::Closed) && deletion.erasing == 0;
                is_applied && !deletion.is_answered
            }
            Step::Repeat(owner) => state.has_repeat && deletion(owner).is_answered && deletion(owner).is_pending(),
            Step::MinutePasses(owner) => {
                let deletion = deletion(owner);
                let has_landed = state.landing(owner) == 0 && deletion.erasing == 0;
                deletion.is_pending() && has_landed && !deletion.is_settled
            }
            Step::Expire(owner) => {
                let phase = deletion(owner).phase;
                phase == Phase::Closed || phase == Phase::Hidden && self.lacks(Mutant::ExpiresUnclosed)
            }
            Step::StreamStarts(_, owner) => deletion(owner).has_record,
            Step::ScheduleStarts(_, owner) => deletion(owner).is_pending() && !self.lacks(Mutant::NoSchedule),
            Step::Call(number) => match state.passes[number].stage {
                Stage::Idle => false,
                Stage::Erase(rows) => rows & THREAD == 0 || state.thread.phase != Phase::Committed,
                _ => true,
            },
            Step::ErasesPart(number) => {
                matches!(state.passes[number].stage, Stage::Erase(rows) if rows.count_ones() > 1)
            }
            Step::Kill(number) => state.passes[number].stage != Stage::Idle,
        }
    }

    pub(crate) fn take(&self, mut state: State, step: Step) -> State {
        match step {
            Step::WriteMessage => {
                let is_admitted = self.passes_fence(&state)
                    && (matches!(state.thread.phase, Phase::Alive | Phase::Read(_))
                        || self.lacks(Mutant::NoThreadCheck) && state.thread.phase != Phase::Gone);
                state.message = if is_admitted { Writer::Landing } else { Writer::Refused };
            }
            Step::WriteThread => {
                state.new_thread = if self.passes_fence(&state) { Writer::Landing } else { Writer::Refused };
            }
            Step::MessageLands => {
                state.message = Writer::Written;
                state.rows |= NEW_MESSAGE;
            }
            Step::NewThreadLands => {
                state.new_thread = Writer::Written;
                state.rows |= NEW_THREAD;
            }
            Step::Webhook => {
                state.has_webhook = false;
                // After the lifetime of the tombstone the event is too old to create a user.
                let creates = match state.user.phase {
                    Phase::Gone => self.lacks(Mutant::NoLifetime),
                    Phase::Hidden | Phase::Closed => self.lacks(Mutant::WebhookReplaces),
                    _ => false,
                };
                if creates {
                    state.user.phase = Phase::Back;
                }
            }
            Step::Read(owner) => {
                state.deletion_mut(owner).phase = Phase::Read(first(state.children(owner), ROWS));
            }
            Step::Hide(owner) => {
                let (rows, visible) = match state.deletion(owner).phase {
                    Phase::Read(rows) => (rows, rows & state.rows),
                    _ => (0, 0),
                };
                let deletion = state.deletion_mut(owner);
                deletion.phase = Phase::Committed;
                deletion.erasing = visible;
                deletion.erased = u8::try_from(rows.count_ones()).unwrap_or(u8::MAX);
            }
            Step::TombstoneLands(owner) => {
                let deletion = state.deletion_mut(owner);
                deletion.phase = Phase::Hidden;
                deletion.wake();
            }
            Step::ErasureLands(owner, row) => {
                state.deletion_mut(owner).erasing &= !row;
                state.erase(row & state.rows);
            }
            Step::Answer(owner) => state.deletion_mut(owner).is_answered = true,
            Step::Repeat(owner) => {
                state.has_repeat = false;
                let deletion = state.deletion_mut(owner);
                if !deletion.is_woken {
                    deletion.wake();
                }
            }
            Step::MinutePasses(owner) => state.deletion_mut(owner).is_settled = true,
            Step::Expire(owner) => {
                state.deletion_mut(owner).phase = Phase::Gone;
                if owner == Owner::Thread {
                    state.rows &= !THREAD;
                }
            }
            Step::StreamStarts(number, owner) => Self::begin(&mut state, number, owner, true),
            Step::ScheduleStarts(number, owner) => Self::begin(&mut state, number, owner, false),
            Step::Call(number) => self.call(&mut state, number),
            Step::ErasesPart(number) => {
                if let Stage::Erase(rows) = state.passes[number].stage {
                    state.erase(first(rows, 1));
                }
                state.passes[number] = Pass::IDLE;
            }
            Step::Kill(number) => state.passes[number] = Pass::IDLE,
        }
        state
    }

    fn passes_fence(&self, state: &State) -> bool {
        matches!(state.user.phase, Phase::Alive | Phase::Read(_)) || self.lacks(Mutant::NoFence)
    }
}
