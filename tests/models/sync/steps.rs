//! What may happen in a state, and what it does.

use crate::sync::{
    Sync,
    mutants::Mutant,
    state::{DELETED, Hidden, Message, Row, State, Step},
    version::{Source, Version},
};

/// The lifetime of a tombstone after the purge, in days of the model. It stands for 90 days.
const LIFETIME: u8 = 2;

impl Sync {
    pub(crate) fn steps(&self, state: &State, steps: &mut Vec<Step>) {
        let clerk = &state.clerk;
        let is_at_clerk = clerk.version > 0 && !clerk.is_deleted;
        if clerk.version == 0 {
            steps.extend([Step::Change { hidden: None }, Step::Change { hidden: Some(Hidden::New) }]);
        } else if is_at_clerk {
            steps.push(Step::Delete);
            if clerk.version < self.versions {
                steps.push(Step::Change { hidden: None });
            }
            if clerk.outages > 0 && clerk.hidden.is_none() {
                steps.push(Step::Outage);
            }
        }
        for (index, message) in state.messages.iter().enumerate() {
            match message {
                Message::Waiting { .. } => {
                    steps.push(Step::Arrive(index));
                    if state.losses > 0 {
                        steps.push(Step::Lose(index));
                    }
                }
                Message::Arrived { .. } if state.repeats > 0 => steps.push(Step::Arrive(index)),
                _ => {}
            }
        }
        match state.request {
            None if state.row == Row::Absent && clerk.get().is_some() => steps.push(Step::RequestFetches),
            None => {}
            Some(_) => steps.extend([Step::RequestStores, Step::RequestDies]),
        }
        match state.import {
            None if clerk.get().is_some() => steps.push(Step::ImportFetches),
            None => {}
            Some(_) => steps.push(Step::ImportStores),
        }
        match state.row {
            Row::Alive { .. } if clerk.get().is_none() => {
                steps.push(Step::DailySearch);
                // An operator first looks whether Clerk's API works.
                if clerk.hidden != Some(Hidden::Outage) {
                    steps.push(Step::ManualSearch);
                }
            }
            Row::Tombstone { purged_on: None } => steps.push(Step::PurgeFinishes),
            Row::Tombstone { purged_on: Some(day) } if day + self.lifetime() < state.today => {
                steps.push(Step::TombstoneExpires);
            }
            _ => {}
        }
        let is_idle = state.request.is_none() && state.import.is_none();
        if state.today < self.days && (is_idle || self.lacks(Mutant::FetchedUserIsKept)) {
            steps.push(Step::NextDay);
        }
    }

    fn lifetime(&self) -> u8 {
        if self.lacks(Mutant::TombstoneExpiresEarly) { LIFETIME - 1 } else { LIFETIME }
    }

    pub(crate) fn take(&self, mut state: State, step: Step) -> State {
        match step {
            Step::Change { hidden } => {
                state.clerk.version += 1;
                state.clerk.hidden = state.clerk.hidden.or(hidden);
                state.is_reconciled = false;
                state.messages[usize::from(state.clerk.version)] = Message::Waiting { sent_on: state.today };
            }
            Step::Delete => {
                state.clerk.is_deleted = true;
                state.messages[DELETED] = Message::Waiting { sent_on: state.today };
            }
            Step::Outage => {
                state.clerk.outages -= 1;
                state.clerk.hidden = Some(Hidden::Outage);
            }
            Step::Arrive(index) => self.arrive(&mut state, index),
            Step::Lose(index) => {
                state.losses -= 1;
                state.messages[index] = Message::Lost;
            }
            Step::RequestFetches => state.request = state.clerk.get(),
            Step::RequestStores => {
                if let Some(number) = state.request.take() {
                    self.store_fetched(&mut state, number);
                }
            }
            Step::RequestDies => state.request = None,
            Step::ImportFetches => state.import = state.clerk.get(),
            Step::ImportStores => {
                if let Some(number) = state.import.take() {
                    if !self.lacks(Mutant::ImportsMissingOnly) || state.row == Row::Absent {
                        self.store_fetched(&mut state, number);
                    }
                    if let Row::Alive { unknown_since, .. } = &mut state.row {
                        *unknown_since = None;
                    }
                    state.is_reconciled = number == state.clerk.version;
                }
            }
            Step::DailySearch => self.search(&mut state),
            Step::ManualSearch => {
                if self.may_be_unknown(&state) {
                    delete(&mut state);
                }
            }
            Step::PurgeFinishes => state.row = Row::Tombstone { purged_on: Some(state.today) },
            Step::TombstoneExpires => state.row = Row::Absent,
            Step::NextDay => {
                state.today += 1;
                state.clerk.hidden = None;
            }
        }
        state
    }

    fn arrive(&self, state: &mut State, index: usize) {
        let sent_on = match state.messages[index] {
            Message::Waiting { sent_on } => sent_on,
            Message::Arrived { sent_on } => {
                state.repeats -= 1;
                sent_on
            }
            Message::NotSent | Message::Lost => return,
        };
        state.messages[index] = Message::Arrived { sent_on };
        let is_old = sent_on + LIFETIME < state.today;
        if index == DELETED {
            let is_ignored = is_old && self.lacks(Mutant::OldDeletionIsIgnored)
                || state.row == Row::Absent && self.lacks(Mutant::DeletionNeedsRow);
            state.is_deleted = true;
            if !is_ignored {
                delete(state);
            }
            return;
        }
        let number = u8::try_from(index).unwrap_or(u8::MAX);
        let may_create = !is_old || self.lacks(Mutant::OldEventCreates);
        if state.row == Row::Absent && !may_create {
            state.is_refused = true;
            return;
        }
        state.newest_webhook = state.newest_webhook.max(number);
        if !(is_old && self.lacks(Mutant::OldEventDoesNotUpdate)) {
            self.store(state, Version { number, source: Source::Webhook });
        }
    }

    fn store_fetched(&self, state: &mut State, number: u8) {
        state.newest_fetched = state.newest_fetched.max(number);
        self.store(state, Version { number, source: Source::BackendApi });
    }

    /// Stores a version if there is no row, or if the row is alive and older.
    fn store(&self, state: &mut State, version: Version) {
        let is_stored = match state.row {
            Row::Absent => true,
            Row::Alive { version: row, .. } => self.is_newer(version, row),
            Row::Tombstone { .. } => self.lacks(Mutant::ReplacesTombstone),
        };
        if is_stored {
            state.row = Row::Alive { version, synced_on: state.today, unknown_since: None };
        }
    }

    /// Returns whether the last sync is long enough ago. An hour of the code is a day of the model.
    fn may_be_unknown(&self, state: &State) -> bool {
        let Row::Alive { synced_on, .. } = state.row else { return false };
        synced_on < state.today || self.lacks(Mutant::DeletesNewUser)
    }

    fn search(&self, state: &mut State) {
        let may_be_unknown = self.may_be_unknown(state);
        let Row::Alive { unknown_since, .. } = &mut state.row else { return };
        let is_standing = unknown_since.is_some_and(|since| since < state.today);
        if may_be_unknown && (is_standing || self.lacks(Mutant::DeletesAtFirstMiss)) {
            delete(state);
        } else if may_be_unknown && unknown_since.is_none() {
            *unknown_since = Some(state.today);
        }
    }
}

/// Puts a tombstone in the place of the row, whatever is there. A repeat changes nothing.
fn delete(state: &mut State) {
    state.is_deleted = true;
    if !matches!(state.row, Row::Tombstone { .. }) {
        state.row = Row::Tombstone { purged_on: None };
    }
}
