//! Clerk's own answer to who its users are.

use std::sync::Arc;

use clerk::{BackendApi, BackendError, FetchedUser};
use store::ClerkUserId;

use crate::secret::Secret;

/// Clerk's Backend API, with the secret key as it is now.
pub struct ClerkUsers(Secret<BackendApi>);

impl ClerkUsers {
    pub(crate) fn new(api: Secret<BackendApi>) -> Self {
        Self(api)
    }

    /// A user; `None` where Clerk has no such user.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn get(&self, id: &ClerkUserId) -> Result<Option<FetchedUser>, BackendError> {
        self.with_key(async |api| api.user(id.as_str()).await).await
    }

    /// Deletes a user; `false` where Clerk has no such user.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn delete(&self, id: &ClerkUserId) -> Result<bool, BackendError> {
        self.with_key(async |api| api.delete_user(id.as_str()).await).await
    }

    /// Makes a request, and makes it again where the key was refused and has been rotated since it was read.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn with_key<T>(
        &self,
        request: impl AsyncFn(&BackendApi) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        let unread = || BackendError::Unavailable("the secret key could not be read".into());
        let api: Arc<BackendApi> = self.0.current().await.ok_or_else(unread)?;
        match request(&api).await {
            Err(BackendError::Unauthorized) => match self.0.rotated(&api).await {
                Some(api) => request(&api).await,
                None => Err(BackendError::Unauthorized),
            },
            answer => answer,
        }
    }
}
