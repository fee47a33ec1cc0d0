//! Deleting stored users that Clerk does not know.

use usher_clerk::{BackendApi, MAX_LISTED_USERS};

use crate::{deletion_cursor::DeletionCursor, error::ReconcileError, reconciler::Reconciler, run_state::Stage};

impl Reconciler<'_> {
    /// Counts the unknown users of one page, saves the state, and deletes the users as a webhook would.
    pub(super) async fn delete_page(
        &mut self,
        clerk: &BackendApi,
        mut cursor: DeletionCursor,
    ) -> Result<(), ReconcileError> {
        if !self.policy().deletes() {
            // The daily run was allowed to delete when it began, and a deployment has changed that.
            self.run.finish();
            return self.save().await;
        }
        let page = self.store.list_user_ids(cursor.position().as_ref(), MAX_LISTED_USERS).await?;
        let mut unknown = self.find_unknown(clerk, &page.ids).await?;
        if self.policy().requires_standing() {
            unknown.retain(|user| user.is_standing(self.run.started_at));
        }
        let unknown = unknown.into_iter().map(|user| user.id).collect();
        let selection = cursor.select(unknown, self.policy().remaining(&self.run.counts));
        self.run.counts.deleted += selection.newly_counted;
        self.run.stage = Stage::Delete(cursor.clone());
        self.save().await?;

        for id in &selection.ids {
            self.store.delete_user(id).await?;
            tracing::warn!(user = %id, "unknown user deleted");
        }
        if page.is_end {
            self.run.finish();
            return self.save().await;
        }
        cursor.pass(&page.ids);
        self.run.stage = Stage::Delete(cursor);
        Ok(())
    }
}
