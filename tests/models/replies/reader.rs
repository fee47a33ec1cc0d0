//! A reader: what it makes of the row, the place, and the row once more.

use crate::replies::{
    Replies,
    mutants::Mutant,
    state::{Reader, Row, State, Status},
    steps::note_lease,
};

impl Replies {
    pub(crate) fn read(&self, state: &mut State) {
        state.reader = match (state.reader, state.row) {
            (Reader::None, Some(row)) => {
                note_lease(state);
                match of_row(row) {
                    Reader::IsInterrupted if !self.lacks(Mutant::ReaderIgnoresPlace) => Reader::InDoubt(row),
                    found => found,
                }
            }
            (Reader::InDoubt(row), _) => match state.places[row.place] {
                Some(place) if Some(place.writer) == row.writer || self.lacks(Mutant::ReaderIgnoresHolder) => {
                    if place.is_leased { Reader::IsStreaming } else { Reader::IsInterrupted }
                }
                _ if self.lacks(Mutant::ReaderReadsOnce) => Reader::IsInterrupted,
                _ => Reader::ReadsAgain,
            },
            (Reader::ReadsAgain, Some(row)) => of_row(row),
            // The row is gone.
            _ => Reader::IsInterrupted,
        };
    }
}

/// What the row alone says.
fn of_row(row: Row) -> Reader {
    match row.status {
        Status::Streaming if row.is_leased => Reader::IsStreaming,
        Status::Streaming => Reader::IsInterrupted,
        Status::Complete | Status::Stopped => Reader::HasEnded,
    }
}
