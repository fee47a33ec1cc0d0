//! A state of the model, and the steps that lead to the next one.

use crate::sync::{Sync, version::Version};

/// The number of the message `user.deleted`. The messages before it are those of the versions 1 to 4.
pub(crate) const DELETED: usize = 0;
/// The number of messages that Clerk may send.
pub(crate) const MESSAGES: usize = 5;

/// Why Clerk's API does not know a user who is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Hidden {
    /// The user is new, and the API is behind the webhooks.
    New,
    /// The API is wrong.
    Outage,
}

/// The user at Clerk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Clerk {
    /// The newest version, from 1. 0 before the user is created.
    pub(crate) version: u8,
    pub(crate) is_deleted: bool,
    /// Why Clerk's API does not know the user today.
    pub(crate) hidden: Option<Hidden>,
    /// The number of further days on which the API may be wrong.
    pub(crate) outages: u8,
}

impl Clerk {
    /// Returns the version that Clerk's API returns. `None` is a 404.
    pub(crate) fn get(&self) -> Option<u8> {
        (self.version > 0 && !self.is_deleted && self.hidden.is_none()).then_some(self.version)
    }
}

/// The row of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Row {
    Absent,
    Alive {
        version: Version,
        /// The day of the last write.
        synced_on: u8,
        /// The day on which a daily run noted that Clerk does not know the user.
        unknown_since: Option<u8>,
    },
    Tombstone {
        /// The day on which the purge finished.
        purged_on: Option<u8>,
    },
}

/// A message about the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Message {
    NotSent,
    /// It was sent on that day, and may arrive.
    Waiting {
        sent_on: u8,
    },
    /// It has arrived, and may arrive again.
    Arrived {
        sent_on: u8,
    },
    Lost,
}

/// A state. All fields but the last five are what the code and its surroundings know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) today: u8,
    pub(crate) clerk: Clerk,
    pub(crate) row: Row,
    pub(crate) messages: [Message; MESSAGES],
    pub(crate) repeats: u8,
    pub(crate) losses: u8,
    /// The version that a request has fetched and not stored yet.
    pub(crate) request: Option<u8>,
    /// The version that the import of reconcile has fetched and not stored yet.
    pub(crate) import: Option<u8>,

    /// The deletion has arrived, or reconcile has deleted the user.
    pub(crate) is_deleted: bool,
    /// The newest version that arrived by a webhook, except refused ones.
    pub(crate) newest_webhook: u8,
    /// The newest version that was fetched and stored.
    pub(crate) newest_fetched: u8,
    /// A message was too old to create the user.
    pub(crate) is_refused: bool,
    /// An import has read the newest version and has ended.
    pub(crate) is_reconciled: bool,
}

impl State {
    pub(crate) fn new(model: &Sync) -> Self {
        Self {
            today: 0,
            clerk: Clerk { version: 0, is_deleted: false, hidden: None, outages: 1 },
            row: Row::Absent,
            messages: [Message::NotSent; MESSAGES],
            repeats: model.repeats,
            losses: model.losses,
            request: None,
            import: None,
            is_deleted: false,
            newest_webhook: 0,
            newest_fetched: 0,
            is_refused: false,
            is_reconciled: false,
        }
    }
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Clerk creates or changes the user, and sends a message. Its API may not know a new user today.
    Change {
        hidden: Option<Hidden>,
    },
    /// Clerk deletes the user, and sends a message.
    Delete,
    /// Clerk's API does not know the user today.
    Outage,
    Arrive(usize),
    Lose(usize),
    RequestFetches,
    RequestStores,
    RequestDies,
    ImportFetches,
    ImportStores,
    /// The daily run searches for an unknown user. It deletes a standing one, and notes another.
    DailySearch,
    /// A run that an operator started deletes an unknown user.
    ManualSearch,
    PurgeFinishes,
    TombstoneExpires,
    NextDay,
}
