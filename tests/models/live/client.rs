//! The client: dial, hello, read on `ready`, and what a bell does.

use crate::live::{
    Live,
    mutants::Mutant,
    state::{Connection, Fetch, Hello, Socket, State, Step, User},
};

impl Live {
    pub(crate) fn client_steps(&self, state: &State, steps: &mut Vec<Step>) {
        let dialed = state.sockets.iter().filter(|socket| socket.connection != Connection::Unused).count();
        // The next socket is dialed while the last one still works, or after it has closed.
        let may_dial = match dialed.checked_sub(1).map(|last| state.sockets[last].connection) {
            None | Some(Connection::Closed | Connection::Ready) => dialed < usize::from(self.bounds.sockets),
            Some(_) => false,
        };
        if may_dial {
            steps.push(Step::Dial);
        }
        for (number, socket) in state.sockets.iter().enumerate() {
            match socket.connection {
                Connection::Dialing => steps.push(Step::Opens(number)),
                Connection::Ready if socket.hello == Hello::None && state.renewals > 0 => {
                    steps.push(Step::Renew(number));
                }
                Connection::Cut => steps.push(Step::Notice(number)),
                _ => {}
            }
            if socket.hello == Hello::Answered {
                steps.push(Step::ReadyArrives(number));
            }
            if socket.bell {
                steps.push(Step::BellArrives(number));
            }
        }
        match state.fetch {
            Fetch::None => {}
            Fetch::Sent => steps.push(Step::FetchIsServed),
            Fetch::Answered(_) | Fetch::Refused => steps.push(Step::FetchArrives),
        }
    }

    pub(crate) fn dial(&self, state: &mut State) {
        let next = state.sockets.iter().position(|socket| socket.connection == Connection::Unused);
        let Some(number) = next else { return };
        if self.lacks(Mutant::RowAtConnect) {
            state.sockets[number].connection = Connection::Dialing;
            state.rows |= 1 << number;
        } else {
            state.sockets[number] = Socket { connection: Connection::Open, hello: Hello::Sent, bell: false };
        }
        if self.lacks(Mutant::ReadsBeforeHello) {
            self.read(state);
        }
    }

    /// The end of `$connect` in a model that stores the row there. Then `ready` needs no hello.
    pub(crate) fn opens(state: &mut State, number: usize) {
        state.sockets[number].connection = Connection::Open;
        state.sockets[number].hello = Hello::Answered;
    }

    /// The first `ready` of a socket: the client reads everything, and the older sockets are not needed any more.
    pub(crate) fn ready_arrives(&self, state: &mut State, number: usize) {
        state.sockets[number].hello = Hello::None;
        if state.sockets[number].connection != Connection::Open {
            return;
        }
        state.sockets[number].connection = Connection::Ready;
        for older in &mut state.sockets[..number] {
            older.connection = Connection::Closed;
            older.bell = false;
        }
        let reads =
            !self.lacks(Mutant::ReadsBeforeHello) && (number == 0 || !self.lacks(Mutant::ReadsOnFirstReadyOnly));
        if reads {
            self.read(state);
        }
    }

    pub(crate) fn bell_arrives(&self, state: &mut State, number: usize) {
        state.sockets[number].bell = false;
        self.read(state);
    }

    /// Begins a fetch, or notes that the one on its way has to be repeated.
    fn read(&self, state: &mut State) {
        if state.fetch == Fetch::None {
            state.fetch = Fetch::Sent;
        } else {
            state.is_dirty = !self.lacks(Mutant::NoDirtyFlag);
        }
    }

    pub(crate) fn fetch_is_served(state: &mut State) {
        let may_read = matches!(state.user, User::Alive | User::Deleting);
        state.fetch = if may_read { Fetch::Answered(state.stored) } else { Fetch::Refused };
    }

    pub(crate) fn fetch_arrives(&self, state: &mut State) {
        if let Fetch::Answered(content) = state.fetch {
            state.shown = content;
        }
        state.fetch = Fetch::None;
        if std::mem::take(&mut state.is_dirty) {
            self.read(state);
        }
    }
}
