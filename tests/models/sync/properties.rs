//! What sync promises, and what must be reachable, so that no promise is empty.

use stateright::Property;

use crate::sync::{
    Sync,
    state::{DELETED, Message, Row, State},
    version::{Source, Version},
};

pub(crate) const NEVER_BACK: &str = "a deleted user never comes back";
pub(crate) const NEWEST_WINS: &str = "the newest version wins, whatever the order";
pub(crate) const NOTHING_LOST: &str = "nothing is lost when all messages have arrived";
pub(crate) const FOUND_AGAIN: &str = "reconcile finds a change whose message was lost";
pub(crate) const KNOWN_USER_STAYS: &str = "a user whom Clerk has is never deleted";

pub(crate) fn all() -> Vec<Property<Sync>> {
    vec![
        Property::always(NEVER_BACK, |_, state: &State| !state.is_deleted || stored(state).is_none()),
        Property::always(NEWEST_WINS, newest_wins),
        Property::always(NOTHING_LOST, nothing_lost),
        Property::always(FOUND_AGAIN, |_, state: &State| {
            let newest = Version::updated_at(state.clerk.version);
            !state.is_reconciled
                || state.is_deleted
                || stored(state).is_some_and(|row| Version::updated_at(row.number) == newest)
        }),
        Property::always(KNOWN_USER_STAYS, |_, state: &State| state.clerk.is_deleted || !state.is_deleted),
        Property::sometimes("versions arrive in the reverse order", |_, state: &State| {
            let waits = |message: &Message| matches!(message, Message::Waiting { .. });
            state.newest_webhook == 4 && state.messages[1..4].iter().all(waits)
        }),
        Property::sometimes("a fetched user is updated by a webhook with the same time", |_, state: &State| {
            state.newest_fetched == 3
                && stored(state).is_some_and(|row| row.number == 3 && row.source == Source::Webhook)
        }),
        Property::sometimes("a fetched user meets a tombstone", |_, state: &State| {
            state.request.is_some() && matches!(state.row, Row::Tombstone { .. })
        }),
        Property::sometimes("an old message is refused after the tombstone has gone", |_, state: &State| {
            state.is_refused && state.is_deleted && state.row == Row::Absent
        }),
        Property::sometimes("reconcile stores a user whose message was lost", |_, state: &State| {
            state.messages[1] == Message::Lost && state.is_reconciled && state.clerk.version == 1
        }),
        Property::sometimes("reconcile deletes a user whose deletion was lost", |_, state: &State| {
            state.messages[DELETED] == Message::Lost && matches!(state.row, Row::Tombstone { .. })
        }),
    ]
}

/// The version of a row that is not a tombstone.
fn stored(state: &State) -> Option<Version> {
    match state.row {
        Row::Alive { version, .. } => Some(version),
        Row::Absent | Row::Tombstone { .. } => None,
    }
}

/// Every version that arrived is stored, or a newer one is. A fetched user is only as new as its `updated_at`: a
/// webhook with the same time replaces it, because a fetched user has no time of an event to compare.
fn newest_wins(_: &Sync, state: &State) -> bool {
    let (number, updated_at) = stored(state).map_or((0, 0), |row| (row.number, Version::updated_at(row.number)));
    state.is_deleted || number >= state.newest_webhook && updated_at >= Version::updated_at(state.newest_fetched)
}

/// If all messages have arrived, the row is the newest version, or is not alive if Clerk has deleted the user. A
/// message that was too old to create the user is left to reconcile.
fn nothing_lost(_: &Sync, state: &State) -> bool {
    let is_done = |message: &Message| matches!(message, Message::Arrived { .. } | Message::NotSent);
    if state.is_refused || state.clerk.version == 0 || !state.messages.iter().all(is_done) {
        return true;
    }
    let stored = stored(state).map(|row| row.number);
    if state.clerk.is_deleted { stored.is_none() } else { stored == Some(state.clerk.version) }
}
