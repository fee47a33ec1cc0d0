//! The choice of the users that a run deletes, and the limit of their number.

use crate::{request::ReconcileRequest, run_state::Counts};

/// Decides which users a run deletes, and how many.
pub(crate) struct DeletionPolicy<'a> {
    pub(crate) request: &'a ReconcileRequest,
    /// `true` if the daily run deletes standing users.
    pub(crate) deletes_standing: bool,
}

/// The decision after the search for unknown users.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Deletes no user, because none is to be deleted or the run is a dry run.
    Keep,
    /// Deletes the users.
    Delete,
    /// Deletes no user, because more are to be deleted than one run may delete.
    OverLimit,
}

impl DeletionPolicy<'_> {
    /// Returns whether the run deletes users. For a dry run: whether a real run would.
    pub(crate) fn deletes(&self) -> bool {
        if self.request.is_daily() { self.deletes_standing } else { self.request.delete_unknown }
    }

    /// Returns whether only standing users are deleted. A manual run deletes all unknown users.
    pub(crate) fn requires_standing(&self) -> bool {
        self.request.is_daily()
    }

    /// Decides after the search, from its counts.
    pub(crate) fn decide(&self, counts: &Counts) -> Decision {
        let found = if self.requires_standing() { counts.standing } else { counts.unknown };
        let wanted = if self.deletes() { found } else { 0 };
        if wanted > self.request.max_deletions(counts.local) {
            Decision::OverLimit
        } else if wanted > 0 && !self.request.dry_run {
            Decision::Delete
        } else {
            Decision::Keep
        }
    }

    /// Returns how many more users the run may delete. More users may be unknown now than the search has counted.
    pub(crate) fn remaining(&self, counts: &Counts) -> u64 {
        self.request.max_deletions(counts.local).saturating_sub(counts.deleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(request: &str, deletes_standing: bool, counts: Counts) -> Decision {
        let request = serde_json::from_str(request).unwrap();
        DeletionPolicy { request: &request, deletes_standing }.decide(&counts)
    }

    fn found(unknown: u64, standing: u64) -> Counts {
        Counts { local: 100, unknown, standing, ..Counts::default() }
    }

    #[test]
    fn a_manual_run_deletes_only_if_the_request_says_so() {
        let deleting = r#"{"dry_run":false,"delete_unknown":true,"max_delete_percent":5}"#;
        assert_eq!(decide(deleting, false, found(5, 0)), Decision::Delete);
        assert_eq!(decide(deleting, false, found(6, 0)), Decision::OverLimit);
        assert_eq!(decide(deleting, false, found(0, 0)), Decision::Keep);
        assert_eq!(decide(r#"{"dry_run":false}"#, true, found(6, 6)), Decision::Keep);
    }

    #[test]
    fn the_daily_run_deletes_only_standing_users() {
        let daily = r#"{"dry_run":false,"scheduled":true}"#;
        assert_eq!(decide(daily, true, found(9, 1)), Decision::Delete);
        assert_eq!(decide(daily, true, found(9, 2)), Decision::OverLimit);
        assert_eq!(decide(daily, true, found(9, 0)), Decision::Keep);
        assert_eq!(decide(daily, false, found(9, 9)), Decision::Keep);
    }

    #[test]
    fn a_dry_run_never_deletes() {
        let dry = r#"{"delete_unknown":true}"#;
        assert_eq!(decide(dry, true, found(1, 1)), Decision::Keep);
        assert_eq!(decide(dry, true, found(2, 2)), Decision::OverLimit);
    }
}
