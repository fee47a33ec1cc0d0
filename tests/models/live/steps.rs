//! What may happen in a state, and what it does.

use crate::live::{
    Live,
    mutants::Mutant,
    state::{
        BAN, Connection, Hello, INSERTED, MESSAGE, Record, SESSION, SOCKETS, State, Step, THREAD, TOMBSTONE, User,
        WRITES,
    },
};

impl Live {
    pub(crate) fn steps(&self, state: &State, steps: &mut Vec<Step>) {
        let is_stored = state.stored.thread == state.committed && state.stored.messages == state.committed;
        if state.user == User::Alive && is_stored && state.committed < self.bounds.writes {
            steps.push(Step::Commit);
        }
        if state.stored.thread < state.committed {
            steps.push(Step::ThreadLands);
        }
        if state.stored.messages < state.committed {
            steps.push(Step::MessageLands);
        }
        self.ends(state, steps);
        self.client_steps(state, steps);
        self.notifier_steps(state, steps);
        for number in 0..SOCKETS {
            let socket = state.sockets[number];
            match socket.hello {
                // While the deletion's transaction holds the user's row, a hello is repeated.
                Hello::Sent | Hello::Renewing if state.user != User::Deleting => steps.push(Step::ServeHello(number)),
                Hello::Landing => steps.push(Step::RowLands(number)),
                _ => {}
            }
            if socket.is_open() && state.cuts > 0 {
                steps.push(Step::Cut(number));
            }
            if !state.has_row(number) {
                continue;
            }
            if matches!(socket.connection, Connection::Cut | Connection::Closed) {
                steps.push(Step::Disconnect(number));
            }
            if matches!(state.user, User::Deleting | User::Deleted) {
                steps.push(Step::Erase(number));
            }
            let is_expired = state.expired & 1 << number != 0;
            if is_expired {
                steps.push(Step::RowExpires(number));
            } else if state.expiries > 0 {
                steps.push(Step::LeaseExpires(number));
            }
        }
    }

    fn ends(&self, state: &State, steps: &mut Vec<Step>) {
        if state.endings > 0 {
            match state.user {
                User::Alive => {
                    steps.extend([Step::Delete, Step::Ban]);
                    if !state.is_signed_out {
                        steps.push(Step::EndSession);
                    }
                }
                User::Banned => steps.push(Step::Delete),
                User::Deleting | User::Deleted | User::Purged => {}
            }
        }
        let is_landing = state.sockets.iter().any(|socket| socket.hello == Hello::Landing);
        match state.user {
            User::Deleting => steps.push(Step::TombstoneLands),
            User::Deleted if state.rows == 0 && !is_landing => steps.push(Step::PurgeCloses),
            _ => {}
        }
    }

    pub(crate) fn take(&self, mut state: State, step: Step) -> State {
        match step {
            Step::Commit => state.committed += 1,
            Step::ThreadLands => {
                state.stored.thread += 1;
                emit_write(&mut state, THREAD);
            }
            Step::MessageLands => {
                state.stored.messages += 1;
                emit_write(&mut state, MESSAGE);
            }
            Step::Delete => {
                state.endings -= 1;
                state.user = User::Deleting;
            }
            Step::TombstoneLands => {
                state.user = User::Deleted;
                state.emit(TOMBSTONE);
            }
            Step::Erase(number) | Step::Disconnect(number) | Step::RowExpires(number) => state.remove_row(number),
            Step::PurgeCloses => state.user = User::Purged,
            Step::Ban => {
                state.endings -= 1;
                state.user = User::Banned;
                state.emit(BAN);
            }
            Step::EndSession => {
                state.endings -= 1;
                state.is_signed_out = true;
                state.emit(SESSION);
            }
            Step::Dial => self.dial(&mut state),
            Step::Opens(number) => Self::opens(&mut state, number),
            Step::Renew(number) => {
                state.renewals -= 1;
                state.sockets[number].hello = Hello::Renewing;
            }
            Step::ReadyArrives(number) => self.ready_arrives(&mut state, number),
            Step::BellArrives(number) => self.bell_arrives(&mut state, number),
            Step::FetchIsServed => Self::fetch_is_served(&mut state),
            Step::FetchArrives => self.fetch_arrives(&mut state),
            Step::Notice(number) => state.sockets[number].connection = Connection::Closed,
            Step::ServeHello(number) => self.serve_hello(&mut state, number),
            Step::RowLands(number) => {
                state.rows |= 1 << number;
                state.expired &= !(1 << number);
                state.emit(INSERTED + number);
                state.sockets[number].hello = Hello::Answered;
            }
            Step::Read(place) => self.read_connections(&mut state, place),
            Step::Serve(place, number) => self.serve(&mut state, place, number),
            Step::PostFails(place, number) => self.post_fails(&mut state, place, number),
            Step::Crash(place) => self.crash(&mut state, place),
            Step::Cut(number) => {
                state.cuts -= 1;
                state.cut(number);
            }
            Step::LeaseExpires(number) => {
                state.expiries -= 1;
                state.expired |= 1 << number;
            }
        }
        // Equal records of two writes are the same state, whatever their order.
        state.stream[THREAD..MESSAGE].sort_unstable();
        state.stream[MESSAGE..TOMBSTONE].sort_unstable();
        state
    }

    /// Renews the row if it is there. Otherwise puts it in a transaction that checks the user and the session.
    fn serve_hello(&self, state: &mut State, number: usize) {
        let is_renewal = state.sockets[number].hello == Hello::Renewing;
        if state.has_row(number) {
            state.expired &= !(1 << number);
            state.sockets[number].hello = Hello::Answered;
            return;
        }
        let is_admitted = state.user == User::Alive || self.lacks(Mutant::NoFence);
        if is_admitted && !state.is_signed_out || is_renewal && self.lacks(Mutant::RenewalPuts) {
            state.sockets[number].hello = Hello::Landing;
        } else {
            // The answer is `closed`, and the client closes the socket.
            state.sockets[number].hello = Hello::None;
            state.cut(number);
        }
    }
}

/// Adds the record of a row that a write changed.
fn emit_write(state: &mut State, first: usize) {
    let free = state.stream[first..first + WRITES].iter().position(|record| *record == Record::None);
    state.emit(first + free.unwrap_or_default());
}
