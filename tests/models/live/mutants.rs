//! The rules of live updates, each as a mutant that lacks it.

use crate::live::properties::{BANNED, DELETED, LIMITED, NO_ROW_LEFT, NOTHING_MISSED, SIGNED_OUT};

/// A rule that a model lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// The client reads before it says hello, and not on `ready`.
    ReadsBeforeHello,
    /// The client reads on its first `ready` only.
    ReadsOnFirstReadyOnly,
    /// A bell during a fetch is ignored.
    NoDirtyFlag,
    /// The record of the thread's row rings for the messages too, and a message's own record does not.
    BellOfAnotherRow,
    /// The query for the connections is eventually consistent.
    EventualQuery,
    /// A record is done before its posts.
    DoneBeforePosts,
    /// A post that fails is given up, and the socket stays open.
    FailedPostIsDropped,
    /// A connection whose lease is over is passed over, and its socket stays open.
    ExpiredIsPassedOver,
    /// `$connect` writes the connection's row, and a 410 removes it.
    RowAtConnect,
    /// A hello does not check the user.
    NoFence,
    /// A renewal puts the row, whether it is there or not.
    RenewalPuts,
    /// The REMOVE of a connection's row does not close the socket.
    RemoveDoesNotClose,
    /// A ban closes no socket.
    BanDoesNotClose,
    /// The end of a session closes no socket.
    SessionDoesNotClose,
    /// The record of a new connection does not look at the user.
    InsertIgnoresBan,
    /// The record of a new connection does not look at the session.
    InsertIgnoresSession,
    /// A new connection beyond the limit closes none.
    NoLimit,
}

/// Each mutant with the promise that it breaks.
pub(crate) const ALL: [(Mutant, &str); 17] = [
    (Mutant::ReadsBeforeHello, NOTHING_MISSED),
    (Mutant::ReadsOnFirstReadyOnly, NOTHING_MISSED),
    (Mutant::NoDirtyFlag, NOTHING_MISSED),
    (Mutant::BellOfAnotherRow, NOTHING_MISSED),
    (Mutant::EventualQuery, NOTHING_MISSED),
    (Mutant::DoneBeforePosts, NOTHING_MISSED),
    (Mutant::FailedPostIsDropped, NOTHING_MISSED),
    (Mutant::ExpiredIsPassedOver, NOTHING_MISSED),
    (Mutant::RowAtConnect, NOTHING_MISSED),
    (Mutant::NoFence, DELETED),
    (Mutant::RemoveDoesNotClose, DELETED),
    (Mutant::RenewalPuts, NO_ROW_LEFT),
    (Mutant::BanDoesNotClose, BANNED),
    (Mutant::SessionDoesNotClose, SIGNED_OUT),
    (Mutant::InsertIgnoresBan, BANNED),
    (Mutant::InsertIgnoresSession, SIGNED_OUT),
    (Mutant::NoLimit, LIMITED),
];
