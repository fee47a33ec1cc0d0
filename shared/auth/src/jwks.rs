//! The key set that an issuer publishes (RFC 7517), fetched and cached.

use std::{sync::Arc, time::Duration};

use http::Request;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use usher_clerk::MAX_JWKS_BYTES;
use usher_http::{BodyError, HttpClient};

use crate::{
    issuer::Issuer,
    key_set::{self, KeySet, KeysError, VerifyingKey},
};

/// The age at which keys are fetched again.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// The age up to which keys are used if fetching them again fails.
const STALE: Duration = Duration::from_secs(60 * 60);
/// The minimum time between two fetches that tokens trigger. Anyone can trigger a fetch with an unknown `kid` or a bad
/// signature, so it is rate-limited.
const REFETCH: Duration = Duration::from_secs(30);
/// The minimum time between two fetches if there is no usable key. It is short, because every request fails until then.
const RETRY: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(2);

/// The keys of one issuer. The mutex allows one fetch at a time. A caller that waited for the lock sees the fresh
/// `tried` time and does not fetch again.
pub(crate) struct Jwks {
    client: HttpClient,
    url: String,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: KeySet,
    /// When the last successful fetch finished.
    fetched: Option<Instant>,
    /// When the last fetch finished.
    tried: Option<Instant>,
    /// When the last token-triggered fetch finished.
    last_token_fetch: Option<Instant>,
    /// The reason that the last fetch failed. `None` if it succeeded.
    failure: Option<KeysError>,
}

impl Jwks {
    pub(crate) fn new(issuer: &Issuer, client: HttpClient) -> Self {
        Self { client, url: format!("{}/.well-known/jwks.json", issuer.as_str()), cache: Mutex::default() }
    }

    /// Fetches the keys before the first request needs them.
    pub(crate) async fn warm_up(&self) -> Result<(), KeysError> {
        let mut cache = self.cache.lock().await;
        self.fetch_into(&mut cache).await;
        cache.failure.clone().map_or(Ok(()), Err)
    }

    /// Returns the key with this `kid`. Returns `None` if the issuer does not publish this key. Returns an error if the
    /// keys could not be fetched, so the token can be neither accepted nor rejected.
    pub(crate) async fn key(&self, kid: &str) -> Result<Option<VerifyingKey>, KeysError> {
        let mut cache = self.cache.lock().await;
        if cache.is_due() {
            self.fetch_into(&mut cache).await;
        }
        if !cache.keys.contains_key(kid) {
            self.fetch_for_token(&mut cache).await;
        }
        cache.key(kid)
    }

    /// Refetches the keys after a signature failed with `used`. Returns the key with this `kid` if it differs from
    /// `used`.
    pub(crate) async fn rotated_key(&self, kid: &str, used: &VerifyingKey) -> Result<Option<VerifyingKey>, KeysError> {
        let mut cache = self.cache.lock().await;
        self.fetch_for_token(&mut cache).await;
        match cache.key(kid)?.filter(|key| !Arc::ptr_eq(key, used)) {
            None => cache.failure.clone().map_or(Ok(None), Err),
            another => Ok(another),
        }
    }

    /// Returns all keys.
    pub(crate) async fn keys(&self) -> Result<Vec<VerifyingKey>, KeysError> {
        let mut cache = self.cache.lock().await;
        if cache.is_due() {
            self.fetch_into(&mut cache).await;
        }
        cache.all()
    }

    /// Refetches the keys and returns all of them. Does not fetch if the last token-triggered fetch is recent.
    pub(crate) async fn refetched_keys(&self) -> Result<Vec<VerifyingKey>, KeysError> {
        let mut cache = self.cache.lock().await;
        self.fetch_for_token(&mut cache).await;
        cache.all()
    }

    async fn fetch_for_token(&self, cache: &mut Cache) {
        if cache.allows_token_fetch() {
            self.fetch_into(cache).await;
            cache.last_token_fetch = cache.tried;
        }
    }

    async fn fetch_into(&self, cache: &mut Cache) {
        let result = self.fetch().await;
        cache.tried = Some(Instant::now());
        cache.failure = None;
        match result {
            Ok(keys) => {
                cache.keys = keys;
                cache.fetched = cache.tried;
            }
            Err(error) => {
                tracing::warn!(%error, keys_in_use = cache.is_usable(), "key fetch failed");
                cache.failure = Some(error);
            }
        }
    }

    async fn fetch(&self) -> Result<KeySet, KeysError> {
        let timed_out = || KeysError { reason: format!("no answer within {} s", TIMEOUT.as_secs()) };
        timeout(TIMEOUT, self.get()).await.unwrap_or_else(|_| Err(timed_out()))
    }

    async fn get(&self) -> Result<KeySet, KeysError> {
        let failed = |reason| KeysError { reason };
        let response = self.client.send(Request::get(&self.url), Vec::new()).await;
        let response = response.map_err(|error| failed(error.to_string()))?;
        if !response.status().is_success() {
            return Err(failed(format!("the response has status {}", response.status().as_u16())));
        }
        let body = response.read(MAX_JWKS_BYTES).await.map_err(|error| match error {
            BodyError::TooLarge => failed(format!("the key set is larger than {MAX_JWKS_BYTES} bytes")),
            BodyError::Request(error) => failed(error.to_string()),
        })?;
        key_set::parse(&body)
    }
}

impl Cache {
    /// Returns whether there are keys that may be used.
    fn is_usable(&self) -> bool {
        self.fetched.is_some_and(|at| at.elapsed() < STALE)
    }

    /// Returns whether the keys are old enough to be fetched again, and the last attempt is not recent.
    fn is_due(&self) -> bool {
        let is_old = self.fetched.is_none_or(|at| at.elapsed() >= FRESH);
        let pause = if self.is_usable() { REFETCH } else { RETRY };
        is_old && self.tried.is_none_or(|at| at.elapsed() >= pause)
    }

    /// Returns whether a token that fits no cached key may trigger a fetch.
    fn allows_token_fetch(&self) -> bool {
        self.is_usable() && self.last_token_fetch.is_none_or(|at| at.elapsed() >= REFETCH)
    }

    fn all(&self) -> Result<Vec<VerifyingKey>, KeysError> {
        if self.is_usable() {
            return Ok(self.keys.values().map(Arc::clone).collect());
        }
        Err(self.failure.clone().unwrap_or_else(|| KeysError { reason: "there is no usable key".into() }))
    }

    fn key(&self, kid: &str) -> Result<Option<VerifyingKey>, KeysError> {
        let failed = || self.failure.clone().map_or(Ok(None), Err);
        if !self.is_usable() {
            return failed();
        }
        self.keys.get(kid).map_or_else(failed, |key| Ok(Some(Arc::clone(key))))
    }
}
