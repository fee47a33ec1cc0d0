//! The notifier: what it does for each record of the stream.

use crate::live::{
    Live,
    mutants::Mutant,
    state::{BAN, INSERTED, MESSAGE, RECORDS, REMOVED, Record, SESSION, SOCKETS, State, Step, TOMBSTONE, User},
};

/// The maximum number of connections of a user. It stands for 50.
pub(crate) const LIMIT: u32 = 2;

impl Live {
    pub(crate) fn notifier_steps(&self, state: &State, steps: &mut Vec<Step>) {
        for place in 0..RECORDS {
            match state.stream[place] {
                Record::None => {}
                Record::Waiting => steps.push(Step::Read(place)),
                Record::Serving(left) => {
                    for number in (0..SOCKETS).filter(|number| left & 1 << number != 0) {
                        steps.push(Step::Serve(place, number));
                        if state.failed_posts > 0 && is_bell(place) && state.sockets[number].is_open() {
                            steps.push(Step::PostFails(place, number));
                        }
                    }
                    if state.crashes > 0 {
                        steps.push(Step::Crash(place));
                    }
                }
            }
        }
    }

    /// Reads the connections, and notes which of them the record is about.
    pub(crate) fn read_connections(&self, state: &mut State, place: usize) {
        let mut found = state.rows;
        if self.lacks(Mutant::EventualQuery) {
            for number in (0..SOCKETS).filter(|number| state.stream[INSERTED + number] != Record::None) {
                found &= !(1 << number);
            }
        }
        let left = match place {
            BAN if self.lacks(Mutant::BanDoesNotClose) => 0,
            SESSION if self.lacks(Mutant::SessionDoesNotClose) => 0,
            TOMBSTONE | BAN | SESSION => found,
            INSERTED..REMOVED if state.user == User::Banned && !self.lacks(Mutant::InsertIgnoresBan) => found,
            INSERTED..REMOVED if state.is_signed_out && !self.lacks(Mutant::InsertIgnoresSession) => found,
            INSERTED..REMOVED if self.lacks(Mutant::NoLimit) => 0,
            INSERTED..REMOVED => oldest_beyond_limit(found),
            REMOVED.. if self.lacks(Mutant::RemoveDoesNotClose) => 0,
            REMOVED.. => 1 << (place - REMOVED),
            MESSAGE.. if self.lacks(Mutant::BellOfAnotherRow) => 0,
            _ => found,
        };
        state.stream[place] = if left == 0 { Record::None } else { Record::Serving(left) };
    }

    /// Rings or closes one socket. A record is done when all its sockets are served.
    pub(crate) fn serve(&self, state: &mut State, place: usize, number: usize) {
        let is_expired = state.expired & 1 << number != 0;
        if !is_bell(place) || is_expired && !self.lacks(Mutant::ExpiredIsPassedOver) {
            close(state, number);
        } else if is_expired {
            // Passed over.
        } else if state.sockets[number].is_open() {
            state.sockets[number].bell = true;
        } else {
            // The answer is 410: the connection is gone, or with RowAtConnect not there yet.
            state.remove_row(number);
        }
        done(state, place, number);
    }

    /// A post that fails closes the socket, so that the client reads everything when it is back.
    pub(crate) fn post_fails(&self, state: &mut State, place: usize, number: usize) {
        state.failed_posts -= 1;
        if !self.lacks(Mutant::FailedPostIsDropped) {
            close(state, number);
        }
        done(state, place, number);
    }

    pub(crate) fn crash(&self, state: &mut State, place: usize) {
        state.crashes -= 1;
        state.stream[place] = if self.lacks(Mutant::DoneBeforePosts) { Record::None } else { Record::Waiting };
    }
}

/// Returns whether a record rings. The others close.
const fn is_bell(place: usize) -> bool {
    place < TOMBSTONE
}

fn oldest_beyond_limit(mut rows: u8) -> u8 {
    let mut oldest = 0;
    while rows.count_ones() > LIMIT {
        oldest |= rows & rows.wrapping_neg();
        rows &= rows - 1;
    }
    oldest
}

/// Ends the connection at API Gateway, then removes its row.
fn close(state: &mut State, number: usize) {
    state.cut(number);
    state.remove_row(number);
}

fn done(state: &mut State, place: usize, number: usize) {
    // A row that was removed in the meantime may have put a new record in this place.
    if let Record::Serving(left) = state.stream[place] {
        let left = left & !(1 << number);
        state.stream[place] = if left == 0 { Record::None } else { Record::Serving(left) };
    }
}
