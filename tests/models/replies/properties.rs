//! What replies promise, and what must be reachable, so that no promise is empty.

use stateright::Property;

use crate::replies::{
    Replies,
    state::{OTHER, Owner, REQUESTS, Reader, Request, State, Status, Stop, Text},
};

pub(crate) const ONE_REPLY: &str = "a key begins one reply";
pub(crate) const ONE_WRITER: &str = "at most one model call may be kept";
pub(crate) const KEPT: &str = "no stored text is replaced by that of another model call";
pub(crate) const OVER: &str = "a reply that is over never changes again";
pub(crate) const NO_ROW_LEFT: &str = "a closed deletion leaves no row";
pub(crate) const LEFT: &str = "a writer that looks after the end leaves the model";
pub(crate) const PLACE_BACK: &str = "a reply that has ended has no place";
pub(crate) const OTHERS: &str = "another reply keeps its place";
pub(crate) const IS_INTERRUPTED: &str = "a reply reads as interrupted only if its lease has ended";
pub(crate) const IS_STREAMING: &str = "a reply reads as streaming only if its lease has not ended";

pub(crate) fn all() -> Vec<Property<Replies>> {
    vec![
        Property::always(ONE_REPLY, |_, state: &State| state.begun <= 1),
        Property::always(ONE_WRITER, |_, state: &State| {
            let may_go_on = |number: &usize| is_writing(state, *number) && state.place_of(*number).is_some();
            (0..REQUESTS).filter(may_go_on).count() <= 1
        }),
        Property::always(KEPT, |_, state: &State| !state.has_lost_text),
        Property::always(OVER, |_, state: &State| {
            let row = state.row.map(|row| (row.status, row.text));
            state.over.is_none_or(|over| row.is_none_or(|row| row == over || is_stopped_after(over, row)))
        }),
        Property::always(NO_ROW_LEFT, |_, state: &State| {
            let has_no_place = state.places.iter().all(Option::is_none);
            (state.thread != Owner::Purged || state.row.is_none())
                && (state.user != Owner::Purged || state.row.is_none() && has_no_place)
        }),
        Property::always(LEFT, |_, state: &State| {
            state.requests.iter().enumerate().all(|(number, request)| {
                let has_looked = matches!(request, Request::Writes { has_looked: true, .. });
                let is_writer = state.row.is_some_and(|row| row.writer == Some(number as u8));
                !has_looked || state.are_alive() && is_writer
            })
        }),
        Property::always(PLACE_BACK, |_, state: &State| {
            let has_ended = state.row.is_some_and(|row| row.status != Status::Streaming);
            !has_ended || state.places.iter().flatten().all(|place| place.writer == OTHER || !place.is_leased)
        }),
        Property::always(OTHERS, |_, state: &State| state.other.is_none_or(|place| state.holds(place, OTHER))),
        Property::always(IS_INTERRUPTED, |_, state: &State| state.reader != Reader::IsInterrupted || state.was_left),
        Property::always(IS_STREAMING, |_, state: &State| state.reader != Reader::IsStreaming || state.was_leased),
        Property::sometimes("a repeat ends the reply of a dead writer", |model, state: &State| {
            let is_complete = state.row.is_some_and(|row| row.status == Status::Complete && row.text.len() > 0);
            is_complete && state.deaths < model.bounds.deaths && state.expiries < model.bounds.expiries
        }),
        Property::sometimes("a slow writer comes back after a take-over", |_, state: &State| {
            let writer = state.row.and_then(|row| row.writer);
            (0..REQUESTS).any(|number| is_writing(state, number) && writer.is_some_and(|by| by != number as u8))
        }),
        Property::sometimes("an interrupted reply is stopped", |model, state: &State| {
            model.bounds.stops == 0 || matches!(state.stop, Stop::PlaceIsBack(_))
        }),
        Property::sometimes("a reader reads the row again, and finds the end", |model, state: &State| {
            model.bounds.reads == 0 || state.reader == Reader::HasEnded && state.was_leased
        }),
        Property::sometimes("a renewal alone keeps the lease", |_, state: &State| {
            state.row.is_some_and(|row| !row.is_leased && row.writer.is_some() && state.is_leased(row))
        }),
    ]
}

fn is_writing(state: &State, number: usize) -> bool {
    matches!(state.requests[number], Request::Writes { .. })
}

/// Returns whether a reply was only stopped after its thread was deleted. Its text is the same.
fn is_stopped_after(over: (Status, Text), row: (Status, Text)) -> bool {
    over.0 == Status::Streaming && row.0 == Status::Stopped && over.1 == row.1
}
