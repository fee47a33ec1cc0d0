//! Searching for stored users that Clerk does not know.

use usher_clerk::{BackendApi, MAX_LISTED_USERS};
use usher_contract::{ClerkUserId, Timestamp};

use crate::{
    deletion_cursor::DeletionCursor, deletion_policy::Decision, error::ReconcileError, reconciler::Reconciler,
    run_state::Stage,
};

impl Reconciler<'_> {
    /// Logs and counts the unknown users of one page. The daily run marks them, too.
    pub(super) async fn search_page(
        &mut self,
        clerk: &BackendApi,
        after: Option<String>,
    ) -> Result<(), ReconcileError> {
        let position = after.as_deref().and_then(|id| ClerkUserId::parse(id).ok());
        let page = self.store.list_user_ids(position.as_ref(), MAX_LISTED_USERS).await?;
        let unknown = self.find_unknown(clerk, &page.ids).await?;
        for user in &unknown {
            tracing::warn!(user = %user.id, "Clerk does not know a user");
            if self.request.is_daily() {
                self.run.counts.standing += u64::from(user.is_standing(self.run.started_at));
                if user.sync_state.unknown_since.is_none() {
                    self.store.mark_unknown(&user.id, &user.sync_state, Timestamp::now()).await?;
                }
            }
        }
        self.run.counts.local += page.ids.len() as u64;
        self.run.counts.unknown += unknown.len() as u64;
        if page.is_end {
            self.end_search();
        } else {
            self.run.stage = Stage::Search { after: page.ids.last().map(ClerkUserId::to_string).or(after) };
        }
        self.save().await
    }

    fn end_search(&mut self) {
        let decision = self.policy().decide(&self.run.counts);
        self.run.over_limit = decision == Decision::OverLimit;
        match decision {
            Decision::Delete => self.run.stage = Stage::Delete(DeletionCursor::default()),
            Decision::Keep | Decision::OverLimit => self.run.finish(),
        }
    }
}
