//! A request with the key: it begins the reply, or follows it, takes it over, and writes it.

use crate::replies::{
    Replies,
    mutants::Mutant,
    state::{Owner, PLACES, Place, Request, Row, State, Status, Step, Text},
};

impl Replies {
    pub(crate) fn request_steps(&self, state: &State, steps: &mut Vec<Step>) {
        for (number, request) in state.requests.iter().enumerate() {
            match request {
                // The requests are the same, so the order of their beginnings does not matter.
                Request::Begins if number > 0 && state.requests[number - 1] == Request::Begins => {}
                Request::Begins => steps.extend((0..PLACES).map(|place| Step::Begin(number, place))),
                Request::Follows => steps.push(Step::Follow(number)),
                Request::HasRow(_) => steps.push(Step::ReadPlaces(number)),
                Request::TakesOver(..) => steps.push(Step::TakeOver(number)),
                Request::Writes { text, .. } => {
                    if text.len() < self.bounds.pieces {
                        steps.push(Step::Piece(number));
                    }
                    steps.extend([Step::Write(number), Step::Look(number), Step::Renew(number), Step::End(number)]);
                    if state.deaths > 0 {
                        steps.push(Step::Die(number));
                    }
                }
                Request::Done => {}
            }
        }
    }

    pub(crate) fn take_request_step(&self, state: &mut State, step: Step) {
        match step {
            Step::Begin(number, place) => state.requests[number] = self.begin(state, number, place),
            Step::Follow(number) => state.requests[number] = follow(state),
            Step::ReadPlaces(number) => state.requests[number] = self.read_places(state, number),
            Step::TakeOver(number) => state.requests[number] = self.take_over(state, number),
            Step::Piece(number) => {
                if let Request::Writes { text, .. } = &mut state.requests[number] {
                    text.push(number);
                }
            }
            Step::Write(number) => self.write(state, number),
            Step::Look(number) | Step::Renew(number) => self.look(state, number, matches!(step, Step::Renew(_))),
            Step::End(number) => self.end(state, number),
            Step::Die(number) => {
                state.deaths -= 1;
                state.requests[number] = Request::Done;
            }
            _ => {}
        }
    }

    fn begin(&self, state: &mut State, number: usize, place: usize) -> Request {
        let has_thread = state.thread == Owner::Alive || self.lacks(Mutant::BeginIgnoresThread);
        if state.user != Owner::Alive || !has_thread {
            return Request::Done;
        }
        if state.has_answer && !self.lacks(Mutant::RepeatBegins) {
            return Request::Follows;
        }
        if !state.is_free(place) {
            return Request::Done;
        }
        state.has_answer = true;
        state.begun += 1;
        let writer = number as u8;
        state.places[place] = Some(Place { writer, is_leased: true });
        let text = Text::default();
        state.row = Some(Row { status: Status::Streaming, text, writer: Some(writer), place, is_leased: true });
        Request::Writes { text, has_looked: false }
    }

    fn read_places(&self, state: &State, number: usize) -> Request {
        let Request::HasRow(row) = state.requests[number] else { return Request::Done };
        let own = state.places[row.place].filter(|place| Some(place.writer) == row.writer);
        let place = match own {
            Some(own) if own.is_leased => return Request::Follows,
            Some(_) if !self.lacks(Mutant::TakeOverLeavesPlace) => Some(row.place),
            _ => (0..PLACES).rev().find(|place| state.is_free(*place)),
        };
        place.map_or(Request::Done, |place| Request::TakesOver(row, place))
    }

    fn take_over(&self, state: &mut State, number: usize) -> Request {
        let Request::TakesOver(seen, place) = state.requests[number] else { return Request::Done };
        let (Owner::Alive, Some(mut row)) = (state.user, state.row) else { return Request::Done };
        let is_writer =
            row.writer == seen.writer || row.status == Status::Streaming && self.lacks(Mutant::TakeOverIgnoresWriter);
        // The lease in the row says so.
        let is_unchanged = row.text == seen.text || self.lacks(Mutant::TakeOverIgnoresWrites);
        if !is_writer || !is_unchanged || !state.is_free(place) && !self.lacks(Mutant::TakeOverIgnoresPlace) {
            return Request::Follows;
        }
        let writer = number as u8;
        state.places[place] = Some(Place { writer, is_leased: true });
        (row.writer, row.place, row.is_leased) = (Some(writer), place, true);
        state.row = Some(row);
        state.writers_must_look();
        Request::Writes { text: seen.text, has_looked: false }
    }

    fn write(&self, state: &mut State, number: usize) {
        let Request::Writes { text, .. } = state.requests[number] else { return };
        let Some(mut row) = self.writable(state, number) else {
            state.requests[number] = Request::Done;
            return;
        };
        state.has_lost_text |= !text.continues(row.text);
        (row.text, row.is_leased) = (text, true);
        state.row = Some(row);
        if let Some(place) = state.place_of(number).and_then(|place| state.places[place].as_mut()) {
            place.is_leased = true;
        }
        state.requests[number] = Request::Writes { text, has_looked: true };
    }

    /// Returns the row if the conditions of a write hold.
    fn writable(&self, state: &State, number: usize) -> Option<Row> {
        let has_user = state.user == Owner::Alive || self.lacks(Mutant::WriteIgnoresUser);
        let has_thread = state.thread == Owner::Alive || self.lacks(Mutant::WriteIgnoresThread);
        let is_writer = |row: &Row| {
            let has_both = row.writer == Some(number as u8) && state.holds(row.place, number as u8);
            has_both || self.lacks(Mutant::WriteIgnoresWriter)
        };
        state.row.filter(|row| has_user && has_thread && is_writer(row))
    }

    /// Looks whether the writer may go on. A renewal is not under the fence, so it lands whatever the look finds.
    fn look(&self, state: &mut State, number: usize, renews: bool) {
        let Request::Writes { text, .. } = state.requests[number] else { return };
        let mut place = state.place_of(number);
        if renews && self.lacks(Mutant::RenewalPuts) && place.is_none() {
            state.places[0] = Some(Place { writer: number as u8, is_leased: true });
            place = Some(0);
        }
        if let Some(place) = place.and_then(|place| state.places[place].as_mut()).filter(|_| renews) {
            place.is_leased = true;
        }
        let has_user = state.user == Owner::Alive || self.lacks(Mutant::LookIgnoresUser);
        let has_thread = state.thread == Owner::Alive || self.lacks(Mutant::LookIgnoresThread);
        state.requests[number] = if has_user && has_thread && place.is_some() {
            Request::Writes { text, has_looked: true }
        } else {
            Request::Done
        };
    }

    fn end(&self, state: &mut State, number: usize) {
        let Request::Writes { text, .. } = state.requests[number] else { return };
        state.requests[number] = Request::Done;
        let Some(mut row) = self.writable(state, number) else {
            // The thread is gone, so the row is, too, and the place is given back alone.
            if let Some(place) = state.place_of(number).filter(|_| state.thread != Owner::Alive) {
                state.places[place] = None;
            }
            return;
        };
        state.has_lost_text |= !text.continues(row.text);
        (row.status, row.text, row.writer) = (Status::Complete, text, None);
        state.row = Some(row);
        if !self.lacks(Mutant::EndLeavesPlace) {
            state.give_back(row.place, Some(number as u8));
        }
        state.is_over();
    }
}

/// Reads the reply: follows it, goes on with it, or is done.
fn follow(state: &State) -> Request {
    match state.row {
        Some(row) if state.are_alive() && row.status == Status::Streaming => {
            if state.is_leased(row) {
                Request::Follows
            } else {
                Request::HasRow(row)
            }
        }
        _ => Request::Done,
    }
}
