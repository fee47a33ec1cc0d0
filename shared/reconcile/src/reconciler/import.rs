//! Importing Clerk's users that are missing or older here.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use usher_clerk::{BackendApi, BackendError, Entry, FetchedUsers, User, UserError};
use usher_contract::Timestamp;
use usher_store::{Comparison, LocalState, Source, Store, is_user_too_large};

use crate::{
    error::ReconcileError, fingerprint::Fingerprint, list_cursor::ListCursor, reconciler::Reconciler, run_state::Stage,
};

/// The maximum number of concurrent writes.
const MAX_CONCURRENT_WRITES: usize = 8;
/// The maximum number of entries in a row that cannot be read, each on a page of its own. If there are more, Clerk's
/// responses are at fault and not the entries.
const MAX_UNREADABLE_IN_A_ROW: usize = 10;
/// The age from which a change counts as missed, because its webhook must have been lost. By then Svix has tried three
/// times (Svix's docs, "Retry Schedule").
const MISSED_AFTER: Duration = Duration::from_secs(15 * 60);

impl Reconciler<'_> {
    /// Compares and counts one page of Clerk's users, saves the state, and imports what is missing or older.
    pub(super) async fn import_page(
        &mut self,
        clerk: &BackendApi,
        mut cursor: ListCursor,
    ) -> Result<(), ReconcileError> {
        self.wait_for_turn(clerk).await;
        let page = clerk.users_by_age(cursor.offset(), cursor.limit()).await;
        let entries = match page.as_ref().map_err(Clone::clone).and_then(FetchedUsers::entries) {
            Err(BackendError::Unreadable(reason)) => return self.narrow_or_skip(cursor, reason),
            entries => entries?,
        };
        self.unreadable_in_a_row = 0;
        let Some(unread) = cursor.unread(&entries) else {
            self.run.stage = Stage::Import(cursor.step_back());
            return Ok(());
        };

        let (mut users, mut refused) = (Vec::new(), Vec::new());
        for (entry, position) in unread.iter().zip(cursor.offset() + entries.len() - unread.len()..) {
            let is_new = !cursor.is_counted(Fingerprint::of(entry));
            self.run.counts.at_clerk += u64::from(is_new);
            match storable(entry) {
                Ok(user) => users.push(user),
                Err(reason) => {
                    log_refused(position, reason);
                    self.run.counts.refused += u64::from(is_new);
                    refused.extend(entry.user.as_ref().map(User::id));
                }
            }
        }
        let comparisons = self.store.compare_users(&users).await?;
        let now = Timestamp::now();
        for (user, comparison) in users.iter().zip(&comparisons) {
            if !cursor.is_counted(Fingerprint::of_user(user)) {
                let local = comparison.local_state;
                self.run.counts.add(local);
                self.run.counts.missed += u64::from(self.request.is_daily() && is_missed(user, local, now));
            }
        }
        cursor.mark_counted(unread);
        self.run.stage = Stage::Import(cursor.clone());
        self.save().await?;

        if !self.request.dry_run {
            stream::iter(users.iter().zip(&comparisons).map(|(user, comparison)| import(self.store, user, comparison)))
                .buffer_unordered(MAX_CONCURRENT_WRITES)
                .try_for_each(async |()| Ok(()))
                .await?;
            for id in refused {
                self.store.mark_known(id).await?;
            }
        }
        self.run.stage = if cursor.is_end(entries.len()) {
            Stage::Search { after: None }
        } else {
            Stage::Import(cursor.pass(entries.len(), unread))
        };
        Ok(())
    }

    /// Continues with a smaller page after one that could not be read, so that one bad entry does not hide the others.
    /// An entry that cannot be read on a page of its own is counted as refused and skipped.
    fn narrow_or_skip(&mut self, cursor: ListCursor, reason: &'static str) -> Result<(), ReconcileError> {
        if let Some(narrowed) = cursor.narrowed() {
            self.run.stage = Stage::Import(narrowed);
            return Ok(());
        }
        self.unreadable_in_a_row += 1;
        if self.unreadable_in_a_row > MAX_UNREADABLE_IN_A_ROW {
            return Err(BackendError::Unreadable(reason).into());
        }
        log_refused(cursor.offset(), reason);
        self.run.counts.at_clerk += 1;
        self.run.counts.refused += 1;
        self.run.stage = Stage::Import(cursor.pass_unreadable());
        Ok(())
    }
}

/// Logs the position of an entry in Clerk's list, oldest first. The entry itself may hold personal data.
fn log_refused(position: usize, reason: &str) {
    tracing::warn!(position, reason, "an entry of Clerk's list cannot be stored");
}

/// Returns the user of an entry, or why it cannot be stored.
fn storable<'a, 'b>(entry: &'a Entry<'b>) -> Result<&'a User<'b>, &'static str> {
    let user = entry.user.as_ref().map_err(|error| match error {
        UserError::NotAnObject => "is not a JSON object",
        UserError::NoId | UserError::InvalidId => "has no valid user id",
    })?;
    if is_user_too_large(user) { Err("is larger than a stored user may be") } else { Ok(user) }
}

async fn import(store: &Store, user: &User<'_>, comparison: &Comparison) -> Result<(), usher_store::Error> {
    match comparison.local_state {
        LocalState::Missing | LocalState::Older => store.sync_user(user, Source::BackendApi).await.map(drop),
        LocalState::Current if comparison.is_marked_unknown => store.mark_known(user.id()).await,
        LocalState::Current | LocalState::Deleted => Ok(()),
    }
}

/// Returns whether a webhook should have brought the change before now. A user without `updated_at` is imported by
/// every run and is never missed.
fn is_missed(user: &User, local: LocalState, now: Timestamp) -> bool {
    let changed_at = match local {
        LocalState::Missing => user.created_at(),
        LocalState::Older => user.updated_at(),
        LocalState::Current | LocalState::Deleted => None,
    };
    changed_at.is_some_and(|at| at < now.saturating_sub(MISSED_AFTER))
}

#[cfg(test)]
mod tests {
    use usher_store::MAX_USER_BYTES;

    use super::*;

    #[test]
    fn a_change_is_missed_after_15_minutes() {
        let user = User::parse(r#"{"id":"user_a","created_at":1,"updated_at":1000}"#).unwrap();
        let at = |millis: i64| Timestamp::from_millis(15 * 60 * 1000 + millis);
        assert!(is_missed(&user, LocalState::Older, at(1001)) && !is_missed(&user, LocalState::Older, at(1000)));
        assert!(is_missed(&user, LocalState::Missing, at(2)) && !is_missed(&user, LocalState::Missing, at(1)));
        for local in [LocalState::Current, LocalState::Deleted] {
            assert!(!is_missed(&user, local, Timestamp::MAX));
        }
        let timeless = User::parse(r#"{"id":"user_a"}"#).unwrap();
        assert!(!is_missed(&timeless, LocalState::Older, Timestamp::MAX));
    }

    #[test]
    fn an_entry_that_cannot_be_stored_is_refused_with_a_reason() {
        let reason = |text: &str| storable(&Entry { text, user: User::parse(text) }).err();
        assert_eq!(reason("[]"), Some("is not a JSON object"));
        assert_eq!(reason(r#"{"id":"org_a"}"#), Some("has no valid user id"));
        let large = format!(r#"{{"id":"user_a","x":"{}"}}"#, "x".repeat(MAX_USER_BYTES));
        assert_eq!(reason(&large), Some("is larger than a stored user may be"));
        assert_eq!(reason(r#"{"id":"user_a"}"#), None);
    }
}
