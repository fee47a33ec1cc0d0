//! The rules of sync, each as a mutant that lacks it.

use crate::sync::properties::{FOUND_AGAIN, KNOWN_USER_STAYS, NEVER_BACK, NEWEST_WINS, NOTHING_LOST};

/// A rule that a model lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// A sync replaces a tombstone.
    ReplacesTombstone,
    /// A deletion of a user without a row leaves no tombstone.
    DeletionNeedsRow,
    /// A deletion that is older than the lifetime of a tombstone is ignored, as a version without a row is.
    OldDeletionIsIgnored,
    /// An event that is older than the lifetime of a tombstone creates a user.
    OldEventCreates,
    /// An event that is older than the lifetime of a tombstone does not update a user either.
    OldEventDoesNotUpdate,
    /// The tombstone expires a day early.
    TombstoneExpiresEarly,
    /// A fetched user is stored days later.
    FetchedUserIsKept,
    /// The last write wins.
    NoVersions,
    /// `updated_at` alone decides which version is newer.
    NoEventTime,
    /// The id of the message does not break a tie.
    NoMessageId,
    /// A fetched user is newer than a webhook with the same `updated_at`.
    FetchedUserIsNewer,
    /// Reconcile stores users that are missing here, and not those that are older here.
    ImportsMissingOnly,
    /// Reconcile deletes unknown users that were stored a moment ago.
    DeletesNewUser,
    /// The daily run deletes a user whom one run did not find.
    DeletesAtFirstMiss,
}

/// Each mutant with the promise that it breaks.
pub(crate) const ALL: [(Mutant, &str); 14] = [
    (Mutant::ReplacesTombstone, NEVER_BACK),
    (Mutant::DeletionNeedsRow, NEVER_BACK),
    (Mutant::OldDeletionIsIgnored, NEVER_BACK),
    (Mutant::OldEventCreates, NEVER_BACK),
    (Mutant::OldEventDoesNotUpdate, NOTHING_LOST),
    (Mutant::TombstoneExpiresEarly, NEVER_BACK),
    (Mutant::FetchedUserIsKept, NEVER_BACK),
    (Mutant::NoVersions, NEWEST_WINS),
    (Mutant::NoEventTime, NEWEST_WINS),
    (Mutant::NoMessageId, NEWEST_WINS),
    (Mutant::FetchedUserIsNewer, NEWEST_WINS),
    (Mutant::ImportsMissingOnly, FOUND_AGAIN),
    (Mutant::DeletesNewUser, KNOWN_USER_STAYS),
    (Mutant::DeletesAtFirstMiss, KNOWN_USER_STAYS),
];
