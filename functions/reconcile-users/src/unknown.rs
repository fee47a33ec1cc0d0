//! From here to Clerk: the users that Clerk no longer knows.

use std::{collections::HashSet, time::Duration};

use usher_clerk::{BackendError, MAX_LISTED_USERS};
use usher_store::{ClerkUserId, SyncState, Timestamp, list_order};

use crate::{
    Failure, Work,
    run::{Run, Stage},
};

/// Nobody is unknown who was synced so short a time before the run began: Clerk's answers and its
/// webhooks need not agree at once.
const SYNCED_BEFORE: Duration = Duration::from_secs(60 * 60);
/// How long a user must have been unknown to be deleted without an order by hand. Less than the time
/// between two daily runs, so that it takes two of them.
const STANDING: Duration = Duration::from_secs(20 * 60 * 60);

/// A user whom Clerk does not know.
struct Unknown {
    id: ClerkUserId,
    kept: SyncState,
}

impl Unknown {
    /// Whether an earlier run has found the user unknown, long enough before this one.
    fn is_standing(&self, run: &Run) -> bool {
        self.kept.unknown_since.is_some_and(|since| since.saturating_add(STANDING) <= run.started_at)
    }
}

impl Work<'_> {
    /// One page: what is unknown is told, noted and counted.
    pub(crate) async fn find_page(&mut self, run: &mut Run, after: Option<String>) -> Result<(), Failure> {
        let page = self.sides.store.list_user_ids(place(after.as_deref()).as_ref(), MAX_LISTED_USERS).await?;
        let unknown = self.unknown(&page.ids, run.started_at).await?;
        for user in &unknown {
            tracing::warn!(user = %user.id, "Clerk does not know a user who is kept here");
            if self.order.is_daily() {
                run.counts.standing += u64::from(user.is_standing(run));
                if user.kept.unknown_since.is_none() {
                    self.sides.store.mark_unknown(&user.id, &user.kept, Timestamp::now()).await?;
                }
            }
        }
        run.counts.here += page.ids.len() as u64;
        run.counts.unknown += unknown.len() as u64;
        if page.is_end {
            self.end_finding(run);
        } else {
            run.stage = Stage::Find { after: last(&page.ids).or(after) };
        }
        self.journal.save(run).await
    }

    fn end_finding(&self, run: &mut Run) {
        let found = if self.order.is_daily() { run.counts.standing } else { run.counts.unknown };
        let wanted = if self.deletes() { found } else { 0 };
        run.over_limit = wanted > self.order.most_deletions(run.counts.here);
        if wanted > 0 && !run.over_limit && !self.order.dry_run {
            run.stage = Stage::Delete { done: None, counted: None };
        } else {
            run.finish();
        }
    }

    /// Whether the run deletes, if it is no dry run. The daily one does so only if the stack says so.
    fn deletes(&self) -> bool {
        if self.order.is_daily() { self.sides.deletes_unknown } else { self.order.delete_unknown }
    }

    /// One page: what is unknown is counted, written down, and deleted, as a webhook would.
    pub(crate) async fn delete_page(
        &mut self,
        run: &mut Run,
        done: Option<String>,
        mut counted: Option<String>,
    ) -> Result<(), Failure> {
        if !self.deletes() {
            // The stack said so when the run began.
            run.finish();
            return self.journal.save(run).await;
        }
        let page = self.sides.store.list_user_ids(place(done.as_deref()).as_ref(), MAX_LISTED_USERS).await?;
        let mut unknown = self.unknown(&page.ids, run.started_at).await?;
        if self.order.is_daily() {
            unknown.retain(|user| user.is_standing(run));
        }
        let mut unknown: Vec<_> = unknown.into_iter().map(|user| user.id).collect();
        let counted_to = place(counted.as_deref());
        let is_counted = |id: &ClerkUserId| counted_to.as_ref().is_some_and(|last| list_order(id, last).is_le());
        let before = unknown.iter().filter(|id| is_counted(id)).count();
        // More may be unknown than were when they were counted.
        let left = self.order.most_deletions(run.counts.here).saturating_sub(run.counts.deleted);
        unknown.truncate(before + usize::try_from(left).unwrap_or(usize::MAX));
        run.counts.deleted += (unknown.len() - before) as u64;
        if unknown.len() > before {
            counted = last(&unknown);
        }
        run.stage = Stage::Delete { done, counted: counted.clone() };
        self.journal.save(run).await?;

        for id in &unknown {
            self.sides.store.delete_user(id).await?;
            tracing::warn!(user = %id, "deleted a user whom Clerk does not know");
        }
        if page.is_end {
            run.finish();
            return self.journal.save(run).await;
        }
        run.stage = Stage::Delete { done: last(&page.ids), counted };
        Ok(())
    }

    /// Those of a page that Clerk does not know. Each is asked for by itself before it counts as unknown, and only where it
    /// was here an hour before the run began: one that signs up meanwhile may be missing in the list.
    async fn unknown(&mut self, ids: &[ClerkUserId], started_at: Timestamp) -> Result<Vec<Unknown>, Failure> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let listed = self.listed(ids).await?;
        let mut unknown = Vec::new();
        for id in ids.iter().filter(|id| !listed.contains(id)) {
            let kept = self.sides.store.get_sync_state(id).await?;
            let Some(kept) = kept.filter(|kept| kept.synced_at < started_at.saturating_sub(SYNCED_BEFORE)) else {
                continue;
            };
            self.pace.tick().await;
            match self.sides.clerk.get(id).await {
                Ok(None) => unknown.push(Unknown { id: id.clone(), kept }),
                // Clerk knows a user whose object cannot be read.
                Ok(Some(_)) | Err(BackendError::Unreadable(_)) => {
                    if kept.unknown_since.is_some() && !self.order.dry_run {
                        self.sides.store.mark_known(id).await?;
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(unknown)
    }

    /// The ids of those whom Clerk lists. A list that cannot be read, as one that is too large, lists nobody.
    async fn listed(&mut self, ids: &[ClerkUserId]) -> Result<HashSet<ClerkUserId>, Failure> {
        self.pace.tick().await;
        let names: Vec<_> = ids.iter().map(ClerkUserId::as_str).collect();
        let listed = self.sides.clerk.with_key(async |api| api.users_by_id(&names).await).await;
        let listed = match &listed {
            Err(BackendError::Unreadable(_)) => Ok(Vec::new()),
            Err(error) => return Err(error.clone().into()),
            Ok(listed) => listed.entries(),
        };
        let users = listed.unwrap_or_default().into_iter().filter_map(|entry| entry.user.ok());
        Ok(users.map(|user| user.id().clone()).collect())
    }
}

fn place(after: Option<&str>) -> Option<ClerkUserId> {
    after.and_then(|id| ClerkUserId::parse(id).ok())
}

fn last(ids: &[ClerkUserId]) -> Option<String> {
    ids.last().map(|id| id.as_str().to_owned())
}
