//! Looking up stored users at Clerk.

use std::collections::HashSet;

use usher_clerk::{BackendApi, BackendError, FetchedUsers};
use usher_contract::ClerkUserId;

use crate::{
    error::ReconcileError,
    reconciler::Reconciler,
    unknown_user::{UnknownUser, may_be_unknown},
};

impl Reconciler<'_> {
    /// Returns the stored users of a page that Clerk does not know, in the order of the page. A user counts as unknown
    /// only if a request for this one user says so, and if the user was last synced long enough before the run began: a
    /// user who signs up during the run may be missing in Clerk's list.
    ///
    /// Removes the mark of a user that Clerk knows again, unless the run is a dry run.
    pub(super) async fn find_unknown(
        &mut self,
        clerk: &BackendApi,
        ids: &[ClerkUserId],
    ) -> Result<Vec<UnknownUser>, ReconcileError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.wait_for_turn(clerk).await;
        let listed = list_known(clerk, ids).await?;
        let mut unknown = Vec::new();
        for id in ids.iter().filter(|id| !listed.contains(id)) {
            let sync_state = self.store.get_sync_state(id).await?;
            let Some(sync_state) = sync_state.filter(|state| may_be_unknown(state, self.run.started_at)) else {
                continue;
            };
            self.wait_for_turn(clerk).await;
            match clerk.get_user(id).await {
                Ok(None) => unknown.push(UnknownUser { id: id.clone(), sync_state }),
                // Clerk knows a user whose object cannot be read.
                Ok(Some(_)) | Err(BackendError::Unreadable(_)) => {
                    if sync_state.unknown_since.is_some() && !self.request.dry_run {
                        self.store.mark_known(id).await?;
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(unknown)
    }
}

/// Lists which of these users Clerk knows. Returns no user if the list cannot be read, for example because it is too
/// large: then each user is looked up.
async fn list_known(clerk: &BackendApi, ids: &[ClerkUserId]) -> Result<HashSet<ClerkUserId>, BackendError> {
    let ids: Vec<_> = ids.iter().map(ClerkUserId::as_str).collect();
    let users = clerk.users_by_id(&ids).await;
    let entries = match users.as_ref().map_err(Clone::clone).and_then(FetchedUsers::entries) {
        Err(BackendError::Unreadable(_)) => Vec::new(),
        entries => entries?,
    };
    Ok(entries.into_iter().filter_map(|entry| entry.user.ok()).map(|user| user.id().clone()).collect())
}
