//! The public keys of a Clerk instance, which signs its tokens with them.

use std::sync::Arc;

use aws_lc_rs::{encoding::AsDer, signature::ParsedPublicKey};
use base64::{Engine, prelude::BASE64_STANDARD};
use usher_http::HttpClient;

use crate::{
    issuer::Issuer,
    jwks::Jwks,
    key_set::{self, KeysError, RS256, VerifyingKey},
};

/// The public keys of a Clerk instance: one key that is configured, or the keys that the issuer publishes.
pub struct Keys(KeySource);

enum KeySource {
    Pem(VerifyingKey),
    Jwks(Jwks),
}

/// The error of a text that is not an RSA public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the PEM public key of the Clerk instance (RSA)")]
pub struct PemError;

impl Keys {
    /// Parses the key of `CLERK_JWT_KEY`. Accepts the forms that people paste: several lines, one line, `\n` as two
    /// characters, or the base64 body alone. Tokens are then verified without a network request and without a `kid`.
    ///
    /// # Errors
    /// The text is not an RSA public key.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        let text = text.trim().trim_matches(['"', '\'']).replace("\\n", "\n");
        // A file ends with a newline, which may have become `\n` and is a newline again now.
        let text = text.trim();
        let label = if text.contains("BEGIN RSA PUBLIC KEY") { "RSA PUBLIC KEY" } else { "PUBLIC KEY" };
        let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
        let body = text.strip_prefix(&begin).unwrap_or(text);
        let body = body.strip_suffix(&end).unwrap_or(body);
        let body: String = body.split_whitespace().collect();
        let der = BASE64_STANDARD.decode(body).map_err(|_| PemError)?;
        let key = ParsedPublicKey::new(RS256, der).map_err(|_| PemError)?;
        Ok(Self(KeySource::Pem(Arc::new(key))))
    }

    /// Uses the keys that the issuer publishes. Fetches them now, so that the first request does not wait. If that
    /// fails, the first request fetches them.
    pub async fn from_issuer(issuer: &Issuer, client: HttpClient) -> Self {
        let jwks = Jwks::new(issuer, client);
        // The failure is in the log, and the next request that needs a key fetches again.
        let _ = jwks.warm_up().await;
        Self(KeySource::Jwks(jwks))
    }

    /// Returns whether a key set (RFC 7517), given as text, contains one of these keys. Compares the keys themselves,
    /// not their `kid`. If no key is shared, fetches the issuer's keys again and compares once more, because a rotation
    /// may be recent.
    ///
    /// # Errors
    /// The text is not a key set, or the issuer's keys cannot be fetched.
    pub async fn share_one_with(&self, key_set: &str) -> Result<bool, KeysError> {
        let theirs = key_set::parse(key_set.as_bytes())?;
        let is_theirs = |key: &ParsedPublicKey| theirs.values().any(|other| is_same(key, other));
        match &self.0 {
            KeySource::Pem(key) => Ok(is_theirs(key)),
            KeySource::Jwks(jwks) => {
                let is_shared = jwks.keys().await?.iter().any(|key| is_theirs(key));
                Ok(is_shared || jwks.refetched_keys().await?.iter().any(|key| is_theirs(key)))
            }
        }
    }

    /// Returns the key with the `kid` of a token. Returns `None` if the instance does not have this key.
    pub(crate) async fn key(&self, kid: Option<&str>) -> Result<Option<VerifyingKey>, KeysError> {
        match (&self.0, kid) {
            (KeySource::Pem(key), _) => Ok(Some(Arc::clone(key))),
            (KeySource::Jwks(jwks), Some(kid)) => jwks.key(kid).await,
            (KeySource::Jwks(_), None) => Ok(None),
        }
    }

    /// Refetches the JWKS after a signature failed with `used`, because Clerk does not document that a rotation
    /// changes the `kid`. Returns the new key if it differs.
    pub(crate) async fn rotated_key(
        &self,
        kid: Option<&str>,
        used: &VerifyingKey,
    ) -> Result<Option<VerifyingKey>, KeysError> {
        match (&self.0, kid) {
            (KeySource::Jwks(jwks), Some(kid)) => jwks.rotated_key(kid, used).await,
            _ => Ok(None),
        }
    }
}

/// Returns whether two RSA keys have the same modulus and exponent. A key of a PEM may have been in another encoding
/// (RFC 8017, A.1.1) than that of a key set, so both are compared as SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
fn is_same(key: &ParsedPublicKey, other: &ParsedPublicKey) -> bool {
    let der = |key: &ParsedPublicKey| key.as_der().ok();
    der(key).zip(der(other)).is_some_and(|(one, two)| one.as_ref() == two.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test key of RFC 9500, as SubjectPublicKeyInfo.
    const BODY: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsPnoGUOnrpiSqt4XynxA+HRP7S+BSObI6qJ7fQAVSPtRkqso\
        tWxQYLEYzNEx5ZSHTGypibVsJylvCfuToDTfMul8b/CZjP2Ob0LdpYrNH6l5hvFE89FU1nZQF15oVLOpUgA7wGiHuEVawrGfey92UE68m\
        OyUVXGweJIVDdxqdMoPvNNUl86BU02vlBiESxOuox+dWmuVV7vfYZ79Toh/LUK43YvJh+rhv4nKuF7iHjVjBd9sB6iDjj70HFldzOQ9r8\
        SRI+9NirupPTkF5AKNe6kUhKJ1luB7S27ZkvB3tSTT3P593VVJvnzOjaA1z6Cz+4+eRvcysqhrRgFlwI9TEwIDAQAB";

    #[test]
    fn a_pem_is_parsed_in_every_form_that_people_paste() {
        let lines: Vec<_> = BODY.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        let pem = |separator: &str| {
            format!("-----BEGIN PUBLIC KEY-----{separator}{}{separator}-----END PUBLIC KEY-----", lines.join(separator))
        };
        for text in [
            pem("\n"),
            pem("\r\n") + "\r\n",
            pem("\\n"),
            pem(" "),
            pem(""),
            pem("\\n") + "\\n",
            format!("\"{}\\n\"", pem("\\n")),
            BODY.to_owned(),
            lines.join("\n"),
        ] {
            assert!(Keys::from_pem(&text).is_ok(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_pem_and_a_key_set_share_a_key_by_its_modulus_and_exponent() {
        use base64::prelude::BASE64_URL_SAFE_NO_PAD;
        let keys = Keys::from_pem(BODY).unwrap();
        let der = BASE64_STANDARD.decode(BODY).unwrap();
        // The exponent takes the last 5 bytes, after the modulus.
        let modulus = &der[der.len() - 5 - 256..der.len() - 5];
        let set = |modulus: &[u8], exponent: &str| {
            let modulus = BASE64_URL_SAFE_NO_PAD.encode(modulus);
            format!(r#"{{"keys":[{{"kty":"RSA","kid":"ins_other_name","n":"{modulus}","e":"{exponent}"}}]}}"#)
        };
        assert!(keys.share_one_with(&set(modulus, "AQAB")).await.unwrap());
        let mut other = modulus.to_vec();
        other[100] ^= 1;
        assert!(!keys.share_one_with(&set(&other, "AQAB")).await.unwrap());
        assert!(!keys.share_one_with(&set(&modulus[..1], "AQAB")).await.unwrap());
        assert!(!keys.share_one_with(&set(modulus, "Aw")).await.unwrap());
        assert!(keys.share_one_with("{}").await.is_err());

        // The same key as RSAPublicKey (RFC 8017, A.1.1), which comes after 24 bytes that name the algorithm.
        let body = BASE64_STANDARD.encode(&der[24..]);
        let pkcs1 = format!("-----BEGIN RSA PUBLIC KEY-----\n{body}\n-----END RSA PUBLIC KEY-----");
        assert!(Keys::from_pem(&pkcs1).unwrap().share_one_with(&set(modulus, "AQAB")).await.unwrap());
    }

    #[test]
    fn a_text_that_is_not_an_rsa_public_key_is_rejected() {
        let ec = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71vc75eSOkyMsxFxbFsTNEMTLjVuKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==";
        let half = &BODY[..BODY.len() / 2];
        for text in ["", "whsec_abc", "🔑", "-----BEGIN PUBLIC KEY-----", ec, half] {
            assert_eq!(Keys::from_pem(text).err(), Some(PemError), "{text}");
        }
    }

    /// Starts an issuer that answers each request with the next of these key sets.
    fn publish(key_sets: [String; 2]) -> Issuer {
        use std::{
            io::{BufRead, BufReader, Write},
            net::TcpListener,
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = Issuer::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        std::thread::spawn(move || {
            for (key_set, stream) in key_sets.iter().zip(listener.incoming()) {
                let mut stream = stream.unwrap();
                let request = BufReader::new(&stream).lines().map(Result::unwrap);
                request.take_while(|line| !line.is_empty()).for_each(drop);
                let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", key_set.len());
                stream.write_all((head + key_set).as_bytes()).unwrap();
            }
        });
        issuer
    }

    #[tokio::test]
    async fn keys_are_fetched_again_only_if_none_is_shared() {
        let [old, new, foreign] =
            ["AQAB", "AgAB", "AwAB"].map(|n| format!(r#"{{"keys":[{{"kty":"RSA","kid":"a","n":"{n}","e":"AQAB"}}]}}"#));
        let keys = Keys::from_issuer(&publish([old.clone(), new.clone()]), HttpClient::new()).await;
        assert!(keys.share_one_with(&old).await.unwrap());
        assert!(keys.share_one_with(&new).await.unwrap());
        assert!(!keys.share_one_with(&foreign).await.unwrap());
    }
}
