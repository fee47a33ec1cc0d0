//! Clerk's own answer to who its users are.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};
use usher_auth::Keys;
use usher_clerk::{BackendApi, BackendError, ClerkUserId, FetchedUser};

use crate::secrets::secret::Secret;

/// How long a key that belongs to another instance is refused without asking again.
const FOREIGN: Duration = Duration::from_secs(60);

/// Clerk's Backend API, with the secret key as it is now.
pub struct ClerkUsers {
    api: Secret<BackendApi>,
    /// The keys of the instance whose tokens are accepted.
    keys: Arc<Keys>,
    verdict: Mutex<Option<Verdict>>,
}

/// Whether a secret key belongs to the instance.
struct Verdict {
    api: Arc<BackendApi>,
    is_own: bool,
    at: Instant,
}

impl ClerkUsers {
    pub(crate) fn new(api: Secret<BackendApi>, keys: Arc<Keys>) -> Self {
        Self { api, keys, verdict: Mutex::default() }
    }

    /// A user; `None` where Clerk has no such user.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn get(&self, id: &ClerkUserId) -> Result<Option<FetchedUser>, BackendError> {
        self.with_key(async |api| api.user(id).await).await
    }

    /// Deletes a user; `false` where Clerk has no such user.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn delete(&self, id: &ClerkUserId) -> Result<bool, BackendError> {
        self.with_key(async |api| api.delete_user(id).await).await
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
        let api = self.api.current().await.ok_or_else(unread)?;
        match self.with_proved_key(&api, &request).await {
            Err(error @ (BackendError::Unauthorized | BackendError::ForeignKey)) => {
                match self.api.rotated(&api).await {
                    Some(api) => self.with_proved_key(&api, &request).await,
                    None => Err(error),
                }
            }
            answer => answer,
        }
    }

    async fn with_proved_key<T>(
        &self,
        api: &Arc<BackendApi>,
        request: &impl AsyncFn(&BackendApi) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        self.prove(api).await?;
        request(api).await
    }

    /// Proves that the secret key belongs to the instance whose tokens are accepted: the key sets of both share a key. To
    /// another instance all our users are unknown, so its 404 would erase accounts that live on, and its list would bring in
    /// strangers. A key is proved once in the life of the process; the lock makes it one proof at a time.
    async fn prove(&self, api: &Arc<BackendApi>) -> Result<(), BackendError> {
        let mut verdict = self.verdict.lock().await;
        let known = verdict.as_ref().filter(|known| Arc::ptr_eq(&known.api, api));
        let is_own = match known.filter(|known| known.is_own || known.at.elapsed() < FOREIGN) {
            Some(known) => known.is_own,
            None => {
                let unknown = |error: usher_auth::KeysError| BackendError::Unavailable(error.to_string());
                let is_own = self.keys.share_one_with(&api.jwks().await?).await.map_err(unknown)?;
                *verdict = Some(Verdict { api: Arc::clone(api), is_own, at: Instant::now() });
                is_own
            }
        };
        if is_own { Ok(()) } else { Err(BackendError::ForeignKey) }
    }
}
