//! What a stream of live updates yields.

use std::collections::BTreeSet;

use usher_contract::live::ChangeKey;

use super::error::LiveError;

/// What has happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum LiveEvent {
    /// These have changed since the last event. If [`ChangeKey::All`] is among the keys, it is the only one: anything may
    /// have changed.
    Changed(BTreeSet<ChangeKey>),
    /// There is no connection, for this reason. The client tries again by itself, and then yields a change with
    /// [`ChangeKey::All`]. It yields the reason of each failed attempt.
    Disconnected(LiveError),
}
