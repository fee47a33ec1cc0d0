//! The rules of the cascade, each as a mutant that lacks it.

use crate::cascade::properties::{ENDS, HIDDEN, NEVER_BACK, NO_ROW_LEFT, TOMBSTONE_STAYS};

/// A rule that a model lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// A write does not check the user.
    NoFence,
    /// A message does not check its thread.
    NoThreadCheck,
    /// A read does not check the user or the thread.
    UncheckedRead,
    /// A query that finds nothing closes the deletion at any time.
    NoSettlingMinute,
    /// A page that is not full closes the deletion after it is erased, without another query.
    ClosesWithoutEmptyQuery,
    /// A page that is not full closes the deletion before it is erased.
    ClosesBeforeErasing,
    /// The query of the purge is eventually consistent.
    EventualQuery,
    /// The purge closes a deletion whose tombstone is gone.
    ClosesWithoutTombstone,
    /// A pass continues after the last row that an earlier pass has counted.
    CountedIsPassedOver,
    /// Nothing but the stream starts the purge.
    NoSchedule,
    /// The tombstone expires some time after the deletion, closed or not.
    ExpiresUnclosed,
    /// The tombstone goes when the deletion is closed.
    NoLifetime,
    /// A webhook replaces a tombstone.
    WebhookReplaces,
}

/// Each mutant with the promise that it breaks.
pub(crate) const ALL: [(Mutant, &str); 13] = [
    (Mutant::NoFence, NO_ROW_LEFT),
    (Mutant::NoThreadCheck, NO_ROW_LEFT),
    (Mutant::NoSettlingMinute, NO_ROW_LEFT),
    (Mutant::ClosesWithoutEmptyQuery, NO_ROW_LEFT),
    (Mutant::ClosesBeforeErasing, NO_ROW_LEFT),
    (Mutant::EventualQuery, NO_ROW_LEFT),
    (Mutant::ClosesWithoutTombstone, NO_ROW_LEFT),
    (Mutant::UncheckedRead, HIDDEN),
    (Mutant::CountedIsPassedOver, NO_ROW_LEFT),
    (Mutant::NoSchedule, ENDS),
    (Mutant::ExpiresUnclosed, TOMBSTONE_STAYS),
    (Mutant::NoLifetime, NEVER_BACK),
    (Mutant::WebhookReplaces, NEVER_BACK),
];
