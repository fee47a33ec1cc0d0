//! What may happen next.

use crate::replies::{
    Replies,
    mutants::Mutant,
    state::{OTHER, Owner, PLACES, Place, Reader, Request, State, Status, Step, Stop},
};

impl Replies {
    pub(crate) fn steps(&self, state: &State, steps: &mut Vec<Step>) {
        self.request_steps(state, steps);
        if state.row.is_some() && !matches!(state.stop, Stop::Done) {
            steps.push(Step::Stop);
        }
        let has_read = matches!(state.reader, Reader::IsStreaming | Reader::IsInterrupted | Reader::HasEnded);
        if self.bounds.reads > 0 && state.row.is_some() && !has_read {
            steps.push(Step::Read);
        }
        // A reader in doubt read a row whose lease had ended, so a lease in the row is a new one.
        let is_new = matches!(state.reader, Reader::InDoubt(_) | Reader::ReadsAgain);
        if !is_new && state.row.is_some_and(|row| row.is_leased && row.writer.is_some()) {
            steps.push(Step::RowLeaseEnds);
        }
        for number in 0..PLACES {
            match state.places[number] {
                None if state.user == Owner::Alive && state.others > 0 => steps.push(Step::OtherBegins(number)),
                Some(place) if place.writer == OTHER => {}
                // The lease in the row ends first.
                Some(place) if place.is_leased => {
                    let is_first = state.row.is_none_or(|row| !row.is_leased || row.writer != Some(place.writer));
                    if is_first && state.expiries > 0 {
                        steps.push(Step::PlaceLeaseEnds(number));
                    }
                }
                Some(_) => {
                    steps.push(Step::PlaceExpires(number));
                    if state.user == Owner::Alive && state.others > 0 {
                        steps.push(Step::OtherBegins(number));
                    }
                }
                None => {}
            }
        }
        if state.other.is_some() && state.user == Owner::Alive {
            steps.push(Step::OtherEnds);
        }
        if self.bounds.endings > 0 && state.are_alive() {
            steps.extend([Step::Ban, Step::DeleteThread, Step::DeleteUser]);
        }
        if state.user == Owner::Deleted || state.thread == Owner::Deleted {
            steps.push(Step::Purge);
        }
    }

    pub(crate) fn take(&self, mut state: State, step: Step) -> State {
        match step {
            Step::Stop => self.stop(&mut state),
            Step::Read => self.read(&mut state),
            Step::RowLeaseEnds => {
                if let Some(row) = &mut state.row {
                    row.is_leased = false;
                }
            }
            Step::PlaceLeaseEnds(number) => {
                state.expiries -= 1;
                if let Some(place) = &mut state.places[number] {
                    place.is_leased = false;
                }
            }
            Step::PlaceExpires(number) => state.places[number] = None,
            Step::OtherBegins(number) => {
                state.others -= 1;
                state.other = Some(number);
                state.places[number] = Some(Place { writer: OTHER, is_leased: true });
            }
            Step::OtherEnds => {
                if let Some(number) = state.other.take() {
                    state.give_back(number, Some(OTHER));
                }
            }
            Step::Ban => {
                state.user = Owner::Banned;
                state.is_over();
            }
            Step::DeleteThread => {
                state.thread = Owner::Deleted;
                state.is_over();
            }
            Step::DeleteUser => {
                state.user = Owner::Deleted;
                state.is_over();
            }
            Step::Purge => purge(&mut state),
            _ => self.take_request_step(&mut state, step),
        }
        if state.reader != Reader::None {
            note_lease(&mut state);
        }
        state
    }

    fn stop(&self, state: &mut State) {
        state.stop =
            match (state.stop, state.row) {
                (Stop::None, Some(row)) if state.are_alive() && row.status == Status::Streaming => {
                    if state.is_leased(row) { Stop::OfWriter(row) } else { Stop::OfNobody(row) }
                }
                (Stop::OfNobody(row), _) => {
                    if !self.lacks(Mutant::StopLeavesOldPlace) {
                        state.give_back(row.place, row.writer);
                    }
                    Stop::PlaceIsBack(row)
                }
                (Stop::OfWriter(seen) | Stop::PlaceIsBack(seen), Some(mut row)) if state.user == Owner::Alive => {
                    let deletes_place = matches!(state.stop, Stop::OfWriter(_)) && !self.lacks(Mutant::StopLeavesPlace);
                    let is_writer = row.writer == seen.writer || self.lacks(Mutant::StopIgnoresEnd);
                    let has_place = seen.writer.is_some_and(|writer| state.holds(seen.place, writer));
                    if !is_writer || deletes_place && !has_place && !self.lacks(Mutant::StopIgnoresEnd) {
                        // Looks again.
                        Stop::None
                    } else {
                        if deletes_place {
                            state.give_back(seen.place, seen.writer);
                        }
                        (row.status, row.writer) = (Status::Stopped, None);
                        state.row = Some(row);
                        state.is_over();
                        Stop::Done
                    }
                }
                _ => Stop::Done,
            };
    }
}

/// Erases what it finds, and closes the deletion.
fn purge(state: &mut State) {
    state.row = None;
    if state.user == Owner::Deleted {
        state.user = Owner::Purged;
        state.places = [None; PLACES];
        state.other = None;
        state.has_answer = false;
    } else {
        state.thread = Owner::Purged;
    }
    for request in &mut state.requests {
        if matches!(request, Request::Follows) {
            *request = Request::Done;
        }
    }
}

/// Notes for the reader whether the reply has a lease now.
pub(crate) fn note_lease(state: &mut State) {
    match state.row {
        Some(row) if row.status == Status::Streaming => {
            let is_leased = state.is_leased(row);
            state.was_leased |= is_leased;
            state.was_left |= !is_leased;
        }
        // Its thread or its user is gone, or it has ended. Then the reader may say what it has read before.
        None => (state.was_leased, state.was_left) = (true, true),
        Some(_) => {}
    }
}
