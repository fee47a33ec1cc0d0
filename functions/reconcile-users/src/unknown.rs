//! From here to Clerk: the users that Clerk no longer knows.

use std::collections::HashSet;

use clerk::{BackendError, MAX_LISTED_USERS};
use store::{ClerkUserId, list_order};

use crate::{
    Failure, Work,
    run::{Run, Stage},
};

impl Work<'_> {
    /// One page: what is unknown is counted and told.
    pub(crate) async fn find_page(&mut self, run: &mut Run, after: Option<String>) -> Result<(), Failure> {
        let page = self.sides.store.user_ids(place(after.as_deref()).as_ref(), MAX_LISTED_USERS).await?;
        let unknown = self.unknown(&page.ids, run.started_at).await?;
        for id in &unknown {
            tracing::warn!(user = %id, "Clerk does not know a user who is kept here");
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
        let is_wanted = self.order.delete_unknown && run.counts.unknown > 0;
        run.over_limit = is_wanted && run.counts.unknown > self.order.most_deletions(run.counts.here);
        if is_wanted && !run.over_limit && !self.order.dry_run {
            run.stage = Stage::Delete { done: None, counted: None };
        } else {
            run.finish();
        }
    }

    /// One page: what is unknown is counted, written down, and deleted, as a webhook would.
    pub(crate) async fn delete_page(
        &mut self,
        run: &mut Run,
        done: Option<String>,
        mut counted: Option<String>,
    ) -> Result<(), Failure> {
        let page = self.sides.store.user_ids(place(done.as_deref()).as_ref(), MAX_LISTED_USERS).await?;
        let mut unknown = self.unknown(&page.ids, run.started_at).await?;
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
    /// was here before the run began: one that signs up meanwhile may be missing in the list.
    async fn unknown(&mut self, ids: &[ClerkUserId], started_at: i64) -> Result<Vec<ClerkUserId>, Failure> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let listed = self.listed(ids).await?;
        let mut unknown = Vec::new();
        for id in ids.iter().filter(|id| !listed.contains(id.as_str())) {
            if self.sides.store.synced_at(id).await?.is_none_or(|synced_at| synced_at >= started_at) {
                continue;
            }
            self.pace.tick().await;
            match self.sides.clerk.get(id).await {
                Ok(None) => unknown.push(id.clone()),
                // A user whom nobody can read is one whom Clerk knows.
                Ok(Some(_)) | Err(BackendError::Unreadable(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(unknown)
    }

    /// The ids of those whom Clerk lists. A list that cannot be read, as one that is too large, lists nobody.
    async fn listed(&mut self, ids: &[ClerkUserId]) -> Result<HashSet<String>, Failure> {
        self.pace.tick().await;
        let names: Vec<_> = ids.iter().map(ClerkUserId::as_str).collect();
        let listed = self.sides.clerk.with_key(async |api| api.users_by_id(&names).await).await;
        let listed = match &listed {
            Err(BackendError::Unreadable(_)) => Ok(Vec::new()),
            Err(error) => return Err(error.clone().into()),
            Ok(listed) => listed.entries(),
        };
        let users = listed.unwrap_or_default().into_iter().filter_map(|entry| entry.user.ok());
        Ok(users.map(|user| user.id().to_owned()).collect())
    }
}

fn place(after: Option<&str>) -> Option<ClerkUserId> {
    after.and_then(|id| ClerkUserId::parse(id).ok())
}

fn last(ids: &[ClerkUserId]) -> Option<String> {
    ids.last().map(|id| id.as_str().to_owned())
}
