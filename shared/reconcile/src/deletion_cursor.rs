//! The position in the stored users while unknown ones are deleted.

use serde::{Deserialize, Serialize};
use usher_contract::ClerkUserId;
use usher_store::list_order;

/// The position in the stored users, in [`list_order`], while unknown ones are deleted. Deletions are counted before
/// they are done, so that each is counted once although a page may be repeated.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct DeletionCursor {
    /// The last user of the pages that are done.
    pub(crate) done: Option<String>,
    /// The last user whose deletion is counted.
    pub(crate) counted: Option<String>,
}

/// The users of a page that are to be deleted.
pub(crate) struct Selection {
    pub(crate) ids: Vec<ClerkUserId>,
    /// The number of these users that were not counted before.
    pub(crate) newly_counted: u64,
}

impl DeletionCursor {
    /// Returns the user after which the next page begins.
    pub(crate) fn position(&self) -> Option<ClerkUserId> {
        parse(self.done.as_deref())
    }

    /// Selects the users to delete from the unknown users of a page, which are in [`list_order`], and marks them as
    /// counted. Selects up to `remaining` users that were not counted before.
    pub(crate) fn select(&mut self, unknown: Vec<ClerkUserId>, remaining: u64) -> Selection {
        let counted_to = parse(self.counted.as_deref());
        let is_counted = |id: &&ClerkUserId| counted_to.as_ref().is_some_and(|last| list_order(id, last).is_le());
        let counted = unknown.iter().filter(is_counted).count();
        let mut ids = unknown;
        ids.truncate(counted.saturating_add(usize::try_from(remaining).unwrap_or(usize::MAX)));
        if ids.len() > counted {
            self.counted = last(&ids);
        }
        Selection { newly_counted: (ids.len() - counted) as u64, ids }
    }

    /// Moves behind a page of stored users.
    pub(crate) fn pass(&mut self, page: &[ClerkUserId]) {
        self.done = last(page).or(self.done.take());
    }
}

fn parse(id: Option<&str>) -> Option<ClerkUserId> {
    id.and_then(|id| ClerkUserId::parse(id).ok())
}

fn last(ids: &[ClerkUserId]) -> Option<String> {
    ids.last().map(|id| id.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    const PAGE: usize = 5;

    /// Deletes as the delete stage does, and crashes at the given points: after so many deletions of a page, or before
    /// its checkpoint. Returns the deleted users and their count.
    fn delete(unknown: &[bool], limit: u64, mut crashes: Vec<Option<usize>>) -> (BTreeSet<String>, u64) {
        let id = |number| ClerkUserId::parse(&format!("user_{number}")).unwrap();
        let mut users: Vec<_> = unknown.iter().enumerate().map(|(number, unknown)| (id(number), *unknown)).collect();
        users.sort_by(|(one, _), (other, _)| list_order(one, other));
        let mut deleted = BTreeSet::new();
        let mut saved = (DeletionCursor::default(), 0);
        'invocation: loop {
            let (mut cursor, mut count) = saved.clone();
            loop {
                let crash = crashes.pop();
                let after = cursor.position();
                let is_after = |id: &ClerkUserId| after.as_ref().is_none_or(|after| list_order(id, after).is_gt());
                let listed = users.iter().filter(|(id, _)| is_after(id) && !deleted.contains(id.as_str()));
                let page: Vec<_> = listed.take(PAGE).cloned().collect();
                let unknown = page.iter().filter(|(_, unknown)| *unknown).map(|(id, _)| id.clone()).collect();
                let selection = cursor.select(unknown, limit - count);
                count += selection.newly_counted;
                if crash == Some(None) {
                    continue 'invocation;
                }
                saved = (cursor.clone(), count);
                let done = crash.flatten().unwrap_or(usize::MAX);
                deleted.extend(selection.ids.iter().take(done).map(|id| id.as_str().to_owned()));
                if crash.is_some() {
                    continue 'invocation;
                }
                if page.len() < PAGE {
                    return (deleted, count);
                }
                cursor.pass(&page.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        #[test]
        fn each_deletion_is_counted_once_despite_crashes(
            unknown in vec(any::<bool>(), 0..60),
            limit in 0_u64..40,
            crashes in vec(prop::option::of(0..PAGE), 0..8),
        ) {
            let total = unknown.iter().filter(|unknown| **unknown).count() as u64;
            let (deleted, count) = delete(&unknown, limit, crashes);
            prop_assert_eq!(deleted.len() as u64, count);
            prop_assert_eq!(count, total.min(limit));
        }
    }
}
