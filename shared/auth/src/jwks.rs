//! The key set an issuer publishes (RFC 7517), kept for a while.

use std::{
    collections::HashMap,
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use jsonwebtoken::DecodingKey;
use reqwest::{Client, redirect};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::{issuer::Issuer, keys::KeysError};

/// How long keys are used without asking again.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// How long they are still used when asking again fails.
const STALE: Duration = Duration::from_secs(60 * 60);
/// How often an unknown `kid` or a bad signature, which anyone can send, may cause a fetch.
const REFETCH: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(3);
const MAX_BYTES: usize = 256 * 1024;

type KeySet = HashMap<String, Arc<DecodingKey>>;

/// The keys of one issuer. The lock makes it one fetch at a time: who waits for it finds what the other has fetched.
pub(crate) struct Jwks {
    client: Client,
    url: String,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: KeySet,
    fetched: Option<Instant>,
    tried: Option<Instant>,
}

impl Jwks {
    pub(crate) fn new(issuer: &Issuer) -> Result<Self, KeysError> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(failure)?;
        Ok(Self { client, url: format!("{}/.well-known/jwks.json", issuer.as_str()), cache: Mutex::default() })
    }

    pub(crate) async fn key(&self, kid: &str) -> Result<Option<Arc<DecodingKey>>, KeysError> {
        let mut cache = self.cache.lock().await;
        let due = match cache.fetched {
            None => true,
            Some(fetched) => {
                let wanted = fetched.elapsed() > FRESH || !cache.keys.contains_key(kid);
                wanted && cache.may_refetch()
            }
        };
        if due {
            self.fetch_into(&mut cache).await?;
        }
        Ok(cache.keys.get(kid).cloned())
    }

    pub(crate) async fn rotated_key(&self, kid: &str) -> Option<Arc<DecodingKey>> {
        let mut cache = self.cache.lock().await;
        if !cache.may_refetch() {
            return None;
        }
        self.fetch_into(&mut cache).await.ok()?;
        cache.keys.get(kid).cloned()
    }

    async fn fetch_into(&self, cache: &mut Cache) -> Result<(), KeysError> {
        cache.tried = Some(Instant::now());
        match self.fetch().await {
            Ok(keys) => {
                cache.keys = keys;
                cache.fetched = cache.tried;
                Ok(())
            }
            Err(error) if cache.fetched.is_some_and(|at| at.elapsed() < STALE) => {
                tracing::warn!(%error, "the keys there are stay in use");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn fetch(&self) -> Result<KeySet, KeysError> {
        let request = self.client.get(&self.url).send().await;
        let mut response = request.and_then(|r| r.error_for_status()).map_err(failure)?;
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
    fn may_refetch(&self) -> bool {
        self.tried.is_none_or(|at| at.elapsed() >= REFETCH)
    }
}

/// Takes the RSA signature keys of a set. A set may hold keys of other types and uses, and one odd entry must not cost
/// the others: each is read by itself.
fn parse(body: &[u8]) -> Result<KeySet, KeysError> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(body).map_err(|_| KeysError { reason: "the answer is no key set".into() })?;
    Ok(set.keys.iter().filter_map(rsa_key).collect())
}

fn rsa_key(jwk: &Value) -> Option<(String, Arc<DecodingKey>)> {
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
        let error = parse(b"<html>").err().unwrap().to_string();
        assert_eq!(error, "the keys of the issuer could not be fetched: the answer is no key set");
    }
}
