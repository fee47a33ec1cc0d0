//! What live updates promise, and what must be reachable, so that no promise is empty.

use stateright::Property;

use crate::live::{
    Live,
    notifier::LIMIT,
    state::{Connection, Hello, State, User},
};

pub(crate) const NOTHING_MISSED: &str = "an open client shows what the table holds";
pub(crate) const DELETED: &str = "a deleted user has no open socket";
pub(crate) const BANNED: &str = "a banned user has no open socket";
pub(crate) const SIGNED_OUT: &str = "a session that has ended has no open socket";
pub(crate) const NO_ROW_LEFT: &str = "a closed deletion leaves no connection";
pub(crate) const LIMITED: &str = "a user has no more connections than allowed";

pub(crate) fn all() -> Vec<Property<Live>> {
    vec![
        Property::always(NOTHING_MISSED, |_, state: &State| {
            let may_read = state.user == User::Alive && !state.is_signed_out;
            !may_read || !state.is_quiet() || !state.is_connected() || state.shown == state.stored
        }),
        Property::always(DELETED, |_, state: &State| state.user != User::Purged || is_offline(state)),
        Property::always(BANNED, |_, state: &State| state.user != User::Banned || is_offline(state)),
        Property::always(SIGNED_OUT, |_, state: &State| !state.is_signed_out || is_offline(state)),
        Property::always(NO_ROW_LEFT, |_, state: &State| state.user != User::Purged || state.rows == 0),
        Property::always(LIMITED, |_, state: &State| !state.is_quiet() || state.rows.count_ones() <= LIMIT),
        Property::sometimes("all writes are shown on the first socket", |model, state: &State| {
            is_up_to_date(model, state) && state.sockets[0].connection == Connection::Ready
        }),
        Property::sometimes("all writes are shown after a reconnect", |model, state: &State| {
            is_up_to_date(model, state) && state.sockets[1].connection == Connection::Ready
        }),
        Property::sometimes("a lost post ends in a new socket that shows all", |model, state: &State| {
            model.bounds.failed_posts == 0
                || is_up_to_date(model, state) && state.is_connected() && state.failed_posts < model.bounds.failed_posts
        }),
        Property::sometimes("a hello lands after the tombstone", |model, state: &State| {
            model.bounds.endings == 0
                || state.user == User::Deleted && state.sockets.iter().any(|socket| socket.hello == Hello::Landing)
        }),
        Property::sometimes("a deletion closes the socket", |model, state: &State| {
            model.bounds.endings == 0
                || state.user == User::Purged && state.is_quiet() && state.sockets[0].connection == Connection::Closed
        }),
        Property::sometimes("a lease ends, and a new socket takes over", |model, state: &State| {
            model.bounds.expiries == 0
                || state.is_quiet()
                    && state.is_connected()
                    && state.expiries < model.bounds.expiries
                    && state.expired == 0
        }),
    ]
}

/// Returns whether all is quiet only if no socket is open.
fn is_offline(state: &State) -> bool {
    !state.is_quiet() || !state.is_connected()
}

fn is_up_to_date(model: &Live, state: &State) -> bool {
    state.user == User::Alive
        && state.is_quiet()
        && state.committed == model.bounds.writes
        && state.shown == state.stored
}
