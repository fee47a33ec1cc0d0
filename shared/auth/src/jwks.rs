//! The key set an issuer publishes (RFC 7517), kept for a while.

use std::{collections::HashMap, error::Error, sync::Arc, time::Duration};

use jsonwebtoken::DecodingKey;
use reqwest::Client;
use serde::Deserialize;
use serde_json::Value;
use tokio::{sync::Mutex, time::Instant};

use crate::issuer::Issuer;

/// How long keys are used without asking again.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// How long they are still used while asking again fails.
const STALE: Duration = Duration::from_secs(60 * 60);
/// How often an unknown `kid` or a bad signature, which anyone can send, may cause a fetch.
const REFETCH: Duration = Duration::from_secs(30);
/// How often it is tried while there are no keys to use: then every request fails.
const RETRY: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(2);
const MAX_BYTES: usize = 64 * 1024;

/// The keys cannot be had just now; the token was not judged. Worth another try.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the keys of the issuer could not be fetched: {reason}")]
pub struct KeysError {
    /// What went wrong, without the address.
    pub reason: String,
}

type Key = Arc<DecodingKey>;
type KeySet = HashMap<String, Key>;

/// The keys of one issuer. The lock makes it one fetch at a time; who waited for it finds that it was just now.
pub(crate) struct Jwks {
    client: Client,
    url: String,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: KeySet,
    /// When these keys were fetched.
    fetched: Option<Instant>,
    /// When the last fetch ended.
    tried: Option<Instant>,
    /// When the last fetch ended that a token had caused.
    caused: Option<Instant>,
    /// Why the last fetch failed; `None` after one that did not.
    failure: Option<KeysError>,
}

impl Jwks {
    pub(crate) fn new(issuer: &Issuer, client: Client) -> Self {
        Self { client, url: format!("{}/.well-known/jwks.json", issuer.as_str()), cache: Mutex::default() }
    }

    /// Fetches the keys before anyone needs them.
    pub(crate) async fn warm_up(&self) -> Result<(), KeysError> {
        let mut cache = self.cache.lock().await;
        self.fetch_into(&mut cache).await;
        cache.failure.clone().map_or(Ok(()), Err)
    }

    /// The key of a `kid`; `None` where the issuer has no such key. An error says that nobody knows: the token cannot be
    /// judged.
    pub(crate) async fn key(&self, kid: &str) -> Result<Option<Key>, KeysError> {
        let mut cache = self.cache.lock().await;
        if cache.is_due() {
            self.fetch_into(&mut cache).await;
        }
        if !cache.keys.contains_key(kid) {
            self.fetch_because_of_a_token(&mut cache).await;
        }
        cache.key(kid)
    }

    /// The key of a `kid` whose signature did not fit by `used`; `None` where there is none but that.
    pub(crate) async fn rotated_key(&self, kid: &str, used: &Key) -> Result<Option<Key>, KeysError> {
        let mut cache = self.cache.lock().await;
        self.fetch_because_of_a_token(&mut cache).await;
        match cache.key(kid)?.filter(|key| !Arc::ptr_eq(key, used)) {
            None => cache.failure.clone().map_or(Ok(None), Err),
            another => Ok(another),
        }
    }

    /// All keys.
    pub(crate) async fn keys(&self) -> Result<Vec<Key>, KeysError> {
        let mut cache = self.cache.lock().await;
        if cache.is_due() {
            self.fetch_into(&mut cache).await;
        }
        cache.all()
    }

    /// All keys, fetched again unless that was a short time ago.
    pub(crate) async fn refetched_keys(&self) -> Result<Vec<Key>, KeysError> {
        let mut cache = self.cache.lock().await;
        self.fetch_because_of_a_token(&mut cache).await;
        cache.all()
    }

    async fn fetch_because_of_a_token(&self, cache: &mut Cache) {
        if cache.may_be_caused() {
            self.fetch_into(cache).await;
            cache.caused = cache.tried;
        }
    }

    async fn fetch_into(&self, cache: &mut Cache) {
        let answer = self.fetch().await;
        cache.tried = Some(Instant::now());
        cache.failure = None;
        match answer {
            Ok(keys) => {
                cache.keys = keys;
                cache.fetched = cache.tried;
            }
            Err(error) => {
                tracing::warn!(%error, keys_in_use = cache.usable(), "the keys were not fetched");
                cache.failure = Some(error);
            }
        }
    }

    async fn fetch(&self) -> Result<KeySet, KeysError> {
        let request = self.client.get(&self.url).timeout(TIMEOUT).send().await;
        let mut response = request.map_err(failure)?;
        if !response.status().is_success() {
            return Err(KeysError { reason: format!("the answer has status {}", response.status().as_u16()) });
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(KeysError { reason: format!("the key set is larger than {MAX_BYTES} bytes") });
            }
            body.extend_from_slice(&chunk);
        }
        parse(&body)
    }
}

impl Cache {
    /// Whether there are keys that may be used.
    fn usable(&self) -> bool {
        self.fetched.is_some_and(|at| at.elapsed() < STALE)
    }

    /// Whether the keys are due to be fetched again, and the last try was not just now.
    fn is_due(&self) -> bool {
        let is_old = self.fetched.is_none_or(|at| at.elapsed() >= FRESH);
        let pause = if self.usable() { REFETCH } else { RETRY };
        is_old && self.tried.is_none_or(|at| at.elapsed() >= pause)
    }

    /// Whether a token that does not fit the keys there are may cause a fetch.
    fn may_be_caused(&self) -> bool {
        self.usable() && self.caused.is_none_or(|at| at.elapsed() >= REFETCH)
    }

    fn all(&self) -> Result<Vec<Key>, KeysError> {
        if self.usable() {
            return Ok(self.keys.values().map(Arc::clone).collect());
        }
        Err(self.failure.clone().unwrap_or_else(|| KeysError { reason: "there is no key to use".into() }))
    }

    fn key(&self, kid: &str) -> Result<Option<Key>, KeysError> {
        let failed = || self.failure.clone().map_or(Ok(None), Err);
        if !self.usable() {
            return failed();
        }
        self.keys.get(kid).map_or_else(failed, |key| Ok(Some(Arc::clone(key))))
    }
}

/// Takes the RSA signature keys of a set. A set may hold keys of other types and uses, and one odd entry must not cost
/// the others: each is read by itself. A set without any is a mistake that must not cost the keys there are.
pub(crate) fn parse(body: &[u8]) -> Result<KeySet, KeysError> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(body).map_err(|_| KeysError { reason: "the answer is no key set".into() })?;
    let keys: KeySet = set.keys.iter().filter_map(rsa_key).collect();
    if keys.is_empty() {
        return Err(KeysError { reason: "the key set holds no RSA signature key".into() });
    }
    Ok(keys)
}

fn rsa_key(jwk: &Value) -> Option<(String, Key)> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let absent_or = |name: &str, value: &str| jwk.get(name).is_none_or(|found| found == value);
    if text("kty") != Some("RSA") || !absent_or("use", "sig") || !absent_or("alg", "RS256") {
        return None;
    }
    let key = DecodingKey::from_rsa_components(text("n")?, text("e")?).ok()?;
    Some((text("kid")?.to_owned(), Arc::new(key)))
}

/// Tells why without the address: reqwest's own message holds it, and its source is what an engineer needs.
fn failure(error: reqwest::Error) -> KeysError {
    let error = error.without_url();
    let reason = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    KeysError { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_keys_in_a_set_are_skipped() {
        let keys = parse(
            br#"{"keys":[{"kty":"EC","kid":"a","crv":"P-256","x":"AA","y":"AA"},{"kty":"oct","kid":"b","k":"AA"},7,
               {"kty":"RSA","kid":5,"n":"AQAB","e":"AQAB"},{"kty":"RSA","kid":"c","use":"enc","n":"AQAB","e":"AQAB"},
               {"kty":"RSA","kid":"d","alg":"RS512","n":"AQAB","e":"AQAB"},{"kty":"RSA","kid":"e","n":"?","e":"AQAB"},
               {"kty":"RSA","kid":"ins_1","use":"sig","alg":"RS256","n":"AQAB","e":"AQAB","x5c":[]}]}"#,
        )
        .unwrap();
        assert_eq!(keys.keys().collect::<Vec<_>>(), ["ins_1"]);
    }

    #[test]
    fn what_is_no_key_set_is_said_without_its_content() {
        let error = |body| parse(body).err().unwrap().to_string();
        assert_eq!(error(b"<html>"), "the keys of the issuer could not be fetched: the answer is no key set");
        assert_eq!(
            error(br#"{"keys":[{"kty":"oct","kid":"b","k":"AA"}]}"#),
            "the keys of the issuer could not be fetched: the key set holds no RSA signature key"
        );
    }
}
