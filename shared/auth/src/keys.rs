//! The keys that sign an instance's tokens.

use std::sync::Arc;

use jsonwebtoken::{DecodingKey, DecodingKeyKind};
use reqwest::Client;

use crate::{
    issuer::Issuer,
    jwks::{self, Jwks, KeysError},
};

/// Where the public keys of the instance come from.
pub struct Keys(Source);

enum Source {
    Pem(Arc<DecodingKey>),
    Jwks(Jwks),
}

/// A text that is no RSA public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the PEM public key of the Clerk instance (RSA)")]
pub struct PemError;

impl Keys {
    /// The one key of `CLERK_JWT_KEY`, in any of the shapes people paste: many lines, one line, `\n` spelled out, or
    /// the base64 body alone. Needs no network, and no `kid` in a token.
    ///
    /// # Errors
    /// The text is no RSA public key.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        let text = text.trim().trim_matches(['"', '\'']).replace("\\n", "\n");
        // A file ends with a newline, and so does what was made of it.
        let text = text.trim();
        let label = if text.contains("BEGIN RSA PUBLIC KEY") { "RSA PUBLIC KEY" } else { "PUBLIC KEY" };
        let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
        let body = text.strip_prefix(&begin).unwrap_or(text);
        let body = body.strip_suffix(&end).unwrap_or(body);
        let body: String = body.split_whitespace().collect();
        let mut pem = begin + "\n";
        for line in body.as_bytes().chunks(64) {
            pem.push_str(std::str::from_utf8(line).map_err(|_| PemError)?);
            pem.push('\n');
        }
        pem.push_str(&end);
        let key = DecodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| PemError)?;
        Ok(Self(Source::Pem(Arc::new(key))))
    }

    /// The keys the issuer publishes. They are fetched now, so that the first request need not wait; where that fails
    /// they are fetched by the first request. `client` should follow no redirect: keys come from the issuer alone.
    pub async fn from_issuer(issuer: &Issuer, client: Client) -> Self {
        let jwks = Jwks::new(issuer, client);
        // What went wrong is in the log, and the next one who needs a key tries again.
        let _ = jwks.warm_up().await;
        Self(Source::Jwks(jwks))
    }

    /// Returns whether a key set (RFC 7517), given as its text, holds one of these keys. The keys themselves are compared, not
    /// their names. If there is none, the issuer's keys are fetched again first, because they may just have been rotated.
    ///
    /// # Errors
    /// The text is not a key set, or the issuer's keys cannot be fetched.
    pub async fn share_one_with(&self, key_set: &str) -> Result<bool, KeysError> {
        let theirs = jwks::parse(key_set.as_bytes())?;
        let is_theirs = |key: &DecodingKey| theirs.values().any(|other| is_same(key, other));
        match &self.0 {
            Source::Pem(key) => Ok(is_theirs(key)),
            Source::Jwks(jwks) => {
                let is_shared = jwks.keys().await?.iter().any(|key| is_theirs(key));
                Ok(is_shared || jwks.refetched_keys().await?.iter().any(|key| is_theirs(key)))
            }
        }
    }

    /// The key a token's `kid` names; `None` where the instance has no such key.
    pub(crate) async fn key(&self, kid: Option<&str>) -> Result<Option<Arc<DecodingKey>>, KeysError> {
        match (&self.0, kid) {
            (Source::Pem(key), _) => Ok(Some(Arc::clone(key))),
            (Source::Jwks(jwks), Some(kid)) => jwks.key(kid).await,
            (Source::Jwks(_), None) => Ok(None),
        }
    }

    /// Another key of that name, after a signature did not fit by `used`: Clerk does not say that a rotation changes the
    /// `kid`. `None` where there is no other.
    pub(crate) async fn rotated_key(
        &self,
        kid: Option<&str>,
        used: &Arc<DecodingKey>,
    ) -> Result<Option<Arc<DecodingKey>>, KeysError> {
        match (&self.0, kid) {
            (Source::Jwks(jwks), Some(kid)) => jwks.rotated_key(kid, used).await,
            _ => Ok(None),
        }
    }
}

/// Whether two RSA keys have the same modulus. A PEM is kept as DER (RFC 8017, A.1.1), which holds the modulus as it is; at
/// its size it stands nowhere by chance.
fn is_same(key: &DecodingKey, other: &DecodingKey) -> bool {
    const MIN_MODULUS_BYTES: usize = 256;
    match (key.kind(), other.kind()) {
        (DecodingKeyKind::RsaModulusExponent { n, .. }, DecodingKeyKind::RsaModulusExponent { n: m, .. }) => n == m,
        (DecodingKeyKind::SecretOrDer(der), DecodingKeyKind::RsaModulusExponent { n, .. }) => {
            n.len() >= MIN_MODULUS_BYTES && der.windows(n.len()).any(|window| window == n)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9500's test key, as SubjectPublicKeyInfo.
    const BODY: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsPnoGUOnrpiSqt4XynxA+HRP7S+BSObI6qJ7fQAVSPtRkqso\
        tWxQYLEYzNEx5ZSHTGypibVsJylvCfuToDTfMul8b/CZjP2Ob0LdpYrNH6l5hvFE89FU1nZQF15oVLOpUgA7wGiHuEVawrGfey92UE68m\
        OyUVXGweJIVDdxqdMoPvNNUl86BU02vlBiESxOuox+dWmuVV7vfYZ79Toh/LUK43YvJh+rhv4nKuF7iHjVjBd9sB6iDjj70HFldzOQ9r8\
        SRI+9NirupPTkF5AKNe6kUhKJ1luB7S27ZkvB3tSTT3P593VVJvnzOjaA1z6Cz+4+eRvcysqhrRgFlwI9TEwIDAQAB";

    #[test]
    fn a_pem_is_taken_in_every_shape_people_paste() {
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
    async fn a_pem_and_a_key_set_share_a_key_by_its_modulus() {
        use base64::{
            Engine,
            prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
        };
        let keys = Keys::from_pem(BODY).unwrap();
        let der = BASE64_STANDARD.decode(BODY).unwrap();
        // Before the exponent, which takes the last 5 bytes.
        let modulus = &der[der.len() - 5 - 256..der.len() - 5];
        let set = |modulus: &[u8]| {
            let modulus = BASE64_URL_SAFE_NO_PAD.encode(modulus);
            format!(r#"{{"keys":[{{"kty":"RSA","kid":"ins_other_name","n":"{modulus}","e":"AQAB"}}]}}"#)
        };
        assert!(keys.share_one_with(&set(modulus)).await.unwrap());
        let mut other = modulus.to_vec();
        other[100] ^= 1;
        assert!(!keys.share_one_with(&set(&other)).await.unwrap());
        assert!(!keys.share_one_with(&set(&modulus[..1])).await.unwrap());
        assert!(keys.share_one_with("{}").await.is_err());
    }

    #[test]
    fn what_is_no_rsa_public_key_is_refused() {
        let ec = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71vc75eSOkyMsxFxbFsTNEMTLjVuKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==";
        let half = &BODY[..BODY.len() / 2];
        for text in ["", "whsec_abc", "🔑", "-----BEGIN PUBLIC KEY-----", ec, half] {
            assert_eq!(Keys::from_pem(text).err(), Some(PemError), "{text}");
        }
    }
}
