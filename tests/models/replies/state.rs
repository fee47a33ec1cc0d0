//! A state of the model, and the steps that lead to the next one.

use crate::replies::Replies;

/// The maximum number of requests with the same key.
pub(crate) const REQUESTS: usize = 3;
/// The number of places of a user. It stands for 4.
pub(crate) const PLACES: usize = 2;
/// The writer of another reply of the user.
pub(crate) const OTHER: u8 = 9;

/// A user, or a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    Alive,
    /// Only of a user.
    Banned,
    Deleted,
    /// The deletion is closed: the purge has erased everything that it found.
    Purged,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    Streaming,
    Complete,
    Stopped,
}

/// Pieces of text, each as the request whose model call wrote it. Two bits a piece, the first one lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Text(u8);

impl Text {
    pub(crate) fn len(self) -> u8 {
        (8 - self.0.leading_zeros() as u8).div_ceil(2)
    }

    pub(crate) fn push(&mut self, request: usize) {
        self.0 |= (request as u8 + 1) << (2 * self.len());
    }

    /// Returns whether the text begins with another.
    pub(crate) fn continues(self, other: Self) -> bool {
        self.len() >= other.len() && self.0 & ((1u16 << (2 * other.len())) - 1) as u8 == other.0
    }
}

/// The row of the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) status: Status,
    pub(crate) text: Text,
    /// `None` if the reply has ended.
    pub(crate) writer: Option<u8>,
    pub(crate) place: usize,
    /// Whether the lease in the row has not ended.
    pub(crate) is_leased: bool,
}

/// The row of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) writer: u8,
    pub(crate) is_leased: bool,
}

/// A request with the key, by what it does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Request {
    Begins,
    Follows,
    /// It has read the row of an interrupted reply, to take it over.
    HasRow(Row),
    /// It has read the places as well, and takes this one over.
    TakesOver(Row, usize),
    Writes {
        text: Text,
        /// Whether it has looked since the last event that ends a reply or its writer.
        has_looked: bool,
    },
    Done,
}

/// A stop from another device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Stop {
    None,
    /// It has read the row, and the reply is being written.
    OfWriter(Row),
    /// It has read the row, and the reply is interrupted.
    OfNobody(Row),
    /// It has given the place back.
    PlaceIsBack(Row),
    Done,
}

/// What a reader has learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Reader {
    None,
    /// The lease in this row has ended, so it looks at the place.
    InDoubt(Row),
    /// The place has no writer or another, so it reads the row again.
    ReadsAgain,
    IsStreaming,
    IsInterrupted,
    HasEnded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) user: Owner,
    pub(crate) thread: Owner,
    /// The number of replies that requests with the key have begun.
    pub(crate) begun: u8,
    /// Whether the row with the answer to the first request is there.
    pub(crate) has_answer: bool,
    pub(crate) row: Option<Row>,
    pub(crate) places: [Option<Place>; PLACES],
    pub(crate) requests: [Request; REQUESTS],
    pub(crate) stop: Stop,
    pub(crate) reader: Reader,
    /// Whether the reply had a lease at some time since the reader began.
    pub(crate) was_leased: bool,
    /// Whether the reply had no lease, and was not over, at some time since the reader began.
    pub(crate) was_left: bool,
    /// The place of the other reply.
    pub(crate) other: Option<usize>,
    pub(crate) others: u8,
    pub(crate) expiries: u8,
    pub(crate) deaths: u8,
    /// The row when the reply was over: it has ended, or its thread or its user.
    pub(crate) over: Option<(Status, Text)>,
    /// Whether a write replaced text of another model call.
    pub(crate) has_lost_text: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Begin(usize, usize),
    Follow(usize),
    ReadPlaces(usize),
    TakeOver(usize),
    Piece(usize),
    Write(usize),
    Look(usize),
    Renew(usize),
    End(usize),
    Die(usize),
    Stop,
    Read,
    RowLeaseEnds,
    PlaceLeaseEnds(usize),
    /// DynamoDB removes a place whose lease has ended.
    PlaceExpires(usize),
    OtherBegins(usize),
    OtherEnds,
    Ban,
    DeleteThread,
    DeleteUser,
    Purge,
}

impl State {
    pub(crate) fn new(model: &Replies) -> Self {
        let requests = std::array::from_fn(|number| {
            if number < usize::from(model.bounds.requests) { Request::Begins } else { Request::Done }
        });
        Self {
            user: Owner::Alive,
            thread: Owner::Alive,
            begun: 0,
            has_answer: false,
            row: None,
            places: [None; PLACES],
            requests,
            stop: if model.bounds.stops > 0 { Stop::None } else { Stop::Done },
            reader: Reader::None,
            was_leased: false,
            was_left: false,
            other: None,
            others: model.bounds.others,
            expiries: model.bounds.expiries,
            deaths: model.bounds.deaths,
            over: None,
            has_lost_text: false,
        }
    }

    pub(crate) fn are_alive(&self) -> bool {
        self.user == Owner::Alive && self.thread == Owner::Alive
    }

    pub(crate) fn holds(&self, place: usize, writer: u8) -> bool {
        self.places[place].is_some_and(|held| held.writer == writer)
    }

    pub(crate) fn is_free(&self, place: usize) -> bool {
        self.places[place].is_none_or(|place| !place.is_leased)
    }

    /// The place that a request holds.
    pub(crate) fn place_of(&self, request: usize) -> Option<usize> {
        (0..PLACES).find(|place| self.holds(*place, request as u8))
    }

    /// Returns whether the lease of the reply has not ended, in its row or in its place.
    pub(crate) fn is_leased(&self, row: Row) -> bool {
        let place = self.places[row.place].filter(|place| Some(place.writer) == row.writer);
        row.is_leased || place.is_some_and(|place| place.is_leased)
    }

    pub(crate) fn give_back(&mut self, place: usize, writer: Option<u8>) {
        if self.places[place].is_some_and(|held| Some(held.writer) == writer) {
            self.places[place] = None;
        }
    }

    /// Notes an event after which a writer must leave the model when it looks next.
    pub(crate) fn writers_must_look(&mut self) {
        for request in &mut self.requests {
            if let Request::Writes { has_looked, .. } = request {
                *has_looked = false;
            }
        }
    }

    /// Notes that the reply is over, and must not change any more.
    pub(crate) fn is_over(&mut self) {
        self.writers_must_look();
        self.over = self.over.or(self.row.map(|row| (row.status, row.text)));
    }
}
