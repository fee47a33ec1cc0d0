//! The order of the versions of a user, as in `shared/store/src/users/version.rs`.

use crate::sync::{Sync, mutants::Mutant};

/// Where a stored version came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    Webhook,
    BackendApi,
}

/// The version of a row: the number of Clerk's change, from 1, and the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Version {
    pub(crate) number: u8,
    pub(crate) source: Source,
}

impl Version {
    /// Returns Clerk's `updated_at`. Changes 2 to 4 have the same, because Clerk may write it in whole seconds.
    pub(crate) const fn updated_at(number: u8) -> u8 {
        if number < 2 { number } else { 2 }
    }

    /// Returns the time of the event. Changes 3 and 4 have the same, so the id of the message decides.
    const fn event_at(number: u8) -> u8 {
        if number < 3 { number } else { 3 }
    }
}

impl Sync {
    /// Returns whether a version replaces the version of a row.
    pub(crate) fn is_newer(&self, new: Version, row: Version) -> bool {
        if self.lacks(Mutant::NoVersions) {
            return true;
        }
        // The time of the event and the id of the message. A fetched user has neither, and `None` is the least.
        let message = |version: Version| match version.source {
            Source::BackendApi if self.lacks(Mutant::FetchedUserIsNewer) => Some((u8::MAX, u8::MAX)),
            Source::BackendApi => None,
            Source::Webhook if self.lacks(Mutant::NoEventTime) => Some((0, 0)),
            Source::Webhook if self.lacks(Mutant::NoMessageId) => Some((Version::event_at(version.number), 0)),
            Source::Webhook => Some((Version::event_at(version.number), version.number)),
        };
        let order = |version: Version| (Version::updated_at(version.number), message(version));
        order(new) > order(row)
    }
}
