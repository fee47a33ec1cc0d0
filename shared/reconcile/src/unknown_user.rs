//! Stored users that Clerk does not know.

use std::time::Duration;

use usher_contract::{ClerkUserId, Timestamp};
use usher_store::SyncState;

/// The minimum time between the last sync of a user and the start of a run that may count the user as unknown. Usher
/// assumes that by then Clerk's API and webhooks agree.
const MIN_SYNC_AGE: Duration = Duration::from_secs(60 * 60);
/// The minimum time for which a user must have been unknown to be deleted by the daily run. It is less than the time
/// between two daily runs, so that it takes two of them.
const MIN_STANDING: Duration = Duration::from_secs(20 * 60 * 60);

/// A stored user that Clerk does not know.
pub(crate) struct UnknownUser {
    pub(crate) id: ClerkUserId,
    pub(crate) sync_state: SyncState,
}

impl UnknownUser {
    /// Returns whether an earlier run has marked the user as unknown, long enough before the run that started at
    /// `started_at`.
    pub(crate) fn is_standing(&self, started_at: Timestamp) -> bool {
        self.sync_state.unknown_since.is_some_and(|since| since.saturating_add(MIN_STANDING) <= started_at)
    }
}

/// Returns whether the run that started at `started_at` may count the user as unknown.
pub(crate) fn may_be_unknown(sync_state: &SyncState, started_at: Timestamp) -> bool {
    sync_state.synced_at < started_at.saturating_sub(MIN_SYNC_AGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 60 * 60 * 1000;

    fn hours(hours: i64) -> Timestamp {
        Timestamp::from_millis(hours * HOUR_MS)
    }

    #[test]
    fn a_recently_synced_user_does_not_count_as_unknown() {
        let synced_at = |synced_at| SyncState { synced_at, unknown_since: None };
        assert!(!may_be_unknown(&synced_at(hours(1)), hours(2)));
        assert!(may_be_unknown(&synced_at(Timestamp::from_millis(HOUR_MS - 1)), hours(2)));
    }

    #[test]
    fn a_user_stands_after_20_hours() {
        let marked_at = |unknown_since| UnknownUser {
            id: ClerkUserId::parse("user_a").unwrap(),
            sync_state: SyncState { synced_at: hours(0), unknown_since },
        };
        assert!(marked_at(Some(hours(1))).is_standing(hours(21)));
        assert!(!marked_at(Some(hours(2))).is_standing(hours(21)) && !marked_at(None).is_standing(hours(21)));
    }
}
