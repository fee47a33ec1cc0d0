//! A set of signing keys (RFC 7517).

use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;

/// The issuer's keys could not be fetched, so a token could be neither accepted nor rejected. A later attempt may
/// succeed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the keys of the issuer could not be fetched: {reason}")]
pub struct KeysError {
    /// The reason that the fetch failed, without the URL.
    pub reason: String,
}

/// The algorithm RS256 (RFC 7518 §3.3). It refuses the signatures of keys with fewer than 2,048 bits or more than 8,192.
pub(crate) const RS256: &RsaParameters = &RSA_PKCS1_2048_8192_SHA256;

/// A parsed key. To parse it again for each token would be a tenth of the instructions of a verification.
pub(crate) type VerifyingKey = Arc<ParsedPublicKey>;

/// The keys of an issuer by their `kid`.
pub(crate) type KeySet = HashMap<String, VerifyingKey>;

/// Parses the RSA signature keys of a set. Each entry is parsed separately, so one malformed or unsupported key does
/// not discard the rest.
///
/// # Errors
/// The text is not a key set, or it has no usable key.
pub(crate) fn parse(body: &[u8]) -> Result<KeySet, KeysError> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let not_a_set = |_| KeysError { reason: "the response is not a key set".into() };
    let set: Set = serde_json::from_slice(body).map_err(not_a_set)?;
    let keys: KeySet = set.keys.iter().filter_map(rsa_key).collect();
    if keys.is_empty() {
        return Err(KeysError { reason: "the key set has no RSA signature key".into() });
    }
    Ok(keys)
}

fn rsa_key(jwk: &Value) -> Option<(String, VerifyingKey)> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let absent_or = |name: &str, value: &str| jwk.get(name).is_none_or(|found| found == value);
    if text("kty") != Some("RSA") || !absent_or("use", "sig") || !absent_or("alg", "RS256") {
        return None;
    }
    let number = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(text(name)?).ok();
    let components = RsaPublicKeyComponents { n: number("n")?, e: number("e")? };
    let key = components.to_parsed_public_key(RS256).ok()?;
    Some((text("kid")?.to_owned(), Arc::new(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsupported_keys_of_a_set_are_skipped() {
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
    fn an_error_does_not_quote_the_response() {
        let error = |body| parse(body).err().unwrap().to_string();
        assert_eq!(error(b"<html>"), "the keys of the issuer could not be fetched: the response is not a key set");
        assert_eq!(
            error(br#"{"keys":[{"kty":"oct","kid":"b","k":"AA"}]}"#),
            "the keys of the issuer could not be fetched: the key set has no RSA signature key"
        );
    }
}
