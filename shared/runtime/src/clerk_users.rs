//! Requests to Clerk's Backend API with the configured secret key.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};
use usher_auth::Keys;
use usher_clerk::{BackendApi, BackendError, FetchedUser};
use usher_contract::ClerkUserId;

use crate::secrets::secret::{NoSecret, Secret};

/// The time for which a secret key of another instance is rejected before it is checked again.
const RECHECK: Duration = Duration::from_secs(60);

/// Clerk's Backend API with the current secret key. Reads the key again after a rotation.
pub struct ClerkUsers {
    api: Secret<BackendApi>,
    /// The public keys of the instance whose tokens are accepted.
    keys: Arc<Keys>,
    last_check: Mutex<Option<KeyCheck>>,
}

/// The result of a check whether a secret key belongs to the instance.
struct KeyCheck {
    api: Arc<BackendApi>,
    is_own: bool,
    at: Instant,
}

impl ClerkUsers {
    pub(crate) fn new(api: Secret<BackendApi>, keys: Arc<Keys>) -> Self {
        Self { api, keys, last_check: Mutex::default() }
    }

    /// Fetches a user. Returns `None` if Clerk does not have the user.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn get(&self, id: &ClerkUserId) -> Result<Option<FetchedUser>, BackendError> {
        self.with_key(async |api| api.get_user(id).await).await
    }

    /// Deletes a user. Returns `false` if Clerk does not have the user.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn delete(&self, id: &ClerkUserId) -> Result<bool, BackendError> {
        self.with_key(async |api| api.delete_user(id).await).await
    }

    /// Sends a request. If Clerk rejects the key and the key has been rotated, sends the request again with the new
    /// key.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn with_key<T>(
        &self,
        mut request: impl AsyncFnMut(&BackendApi) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        let api = self.api.current().await.map_err(|reason| match reason {
            NoSecret::NotConfigured => BackendError::NoKey,
            NoSecret::Unread => BackendError::Unavailable("the secret key could not be read".into()),
        })?;
        match self.with_checked_key(&api, &mut request).await {
            Err(error @ (BackendError::Unauthorized | BackendError::ForeignKey)) => {
                match self.api.rotated(&api).await {
                    Some(api) => self.with_checked_key(&api, &mut request).await,
                    None => Err(error),
                }
            }
            result => result,
        }
    }

    async fn with_checked_key<T>(
        &self,
        api: &Arc<BackendApi>,
        request: &mut impl AsyncFnMut(&BackendApi) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        self.check_key(api).await?;
        request(api).await
    }

    /// Checks that the secret key belongs to the instance whose tokens are accepted: both must share a public key.
    /// Another instance does not know the stored users. Its 404 would delete live accounts, and its list would import
    /// foreign users. A key that passes is not checked again. The mutex allows one check at a time.
    async fn check_key(&self, api: &Arc<BackendApi>) -> Result<(), BackendError> {
        let mut last_check = self.last_check.lock().await;
        let known = last_check.as_ref().filter(|known| Arc::ptr_eq(&known.api, api));
        let is_own = match known.filter(|known| known.is_own || known.at.elapsed() < RECHECK) {
            Some(known) => known.is_own,
            None => {
                let failed = |error: usher_auth::KeysError| BackendError::Unavailable(error.to_string());
                let is_own = self.keys.share_one_with(&api.get_jwks().await?).await.map_err(failed)?;
                *last_check = Some(KeyCheck { api: Arc::clone(api), is_own, at: Instant::now() });
                is_own
            }
        };
        if is_own { Ok(()) } else { Err(BackendError::ForeignKey) }
    }
}
