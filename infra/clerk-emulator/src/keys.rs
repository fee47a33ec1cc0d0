//! The instance key, which signs every token of an instance.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    error::Unspecified,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize, PublicKeyComponents},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

/// The line length of a PEM body (RFC 7468, section 2).
const PEM_COLUMNS: usize = 64;

pub(crate) struct InstanceKey {
    /// The name under which the key is published.
    pub(crate) kid: String,
    pair: KeyPair,
    /// The SubjectPublicKeyInfo, `BEGIN PUBLIC KEY`.
    pub(crate) public_pem: String,
    /// The JSON Web Key Set (RFC 7517) with this key alone.
    pub(crate) jwks: Value,
}

impl InstanceKey {
    /// Generates an RSA key of 2048 bits, published as `kid`.
    pub(crate) fn generate(kid: &str) -> Result<Self, Unspecified> {
        Self::new(kid, KeyPair::generate(KeySize::Rsa2048)?)
    }

    /// Reads what [`InstanceKey::to_base64`] returned.
    pub(crate) fn from_base64(kid: &str, text: &str) -> Result<Self, Unspecified> {
        let pkcs8 = STANDARD.decode(text).map_err(|_| Unspecified)?;
        Self::new(kid, KeyPair::from_pkcs8(&pkcs8).map_err(|_| Unspecified)?)
    }

    /// Returns the private key as base64 of PKCS #8.
    pub(crate) fn to_base64(&self) -> Result<String, Unspecified> {
        let pkcs8: Pkcs8V1Der<'_> = self.pair.as_der()?;
        Ok(STANDARD.encode(pkcs8.as_ref()))
    }

    fn new(kid: &str, pair: KeyPair) -> Result<Self, Unspecified> {
        let public = pair.public_key();
        let spki: PublicKeyX509Der<'_> = public.as_der()?;
        let numbers = PublicKeyComponents::<Vec<u8>>::from(public);
        let jwks = json!({"keys": [{
            "use": "sig",
            "kty": "RSA",
            "kid": kid,
            "alg": "RS256",
            "n": URL_SAFE_NO_PAD.encode(&numbers.n),
            "e": URL_SAFE_NO_PAD.encode(&numbers.e),
        }]});
        let public_pem = pem(spki.as_ref());
        Ok(Self { kid: kid.to_owned(), pair, public_pem, jwks })
    }

    /// Returns a compact JWS (RFC 7515) of exactly this header and these claims. The signature is RS256, whatever `alg`
    /// says.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> Result<String, Unspecified> {
        let mut token =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()),);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&signature, &mut token);
        Ok(token)
    }
}

fn pem(der: &[u8]) -> String {
    let mut text = String::from("-----BEGIN PUBLIC KEY-----");
    for (index, character) in STANDARD.encode(der).chars().enumerate() {
        if index % PEM_COLUMNS == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END PUBLIC KEY-----\n");
    text
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};

    use super::*;

    fn claims_only() -> Validation {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation
    }

    #[test]
    fn a_token_verifies_with_the_pem_and_with_the_key_set() {
        let key = InstanceKey::generate("ins_1").unwrap();
        let token = key.sign(&json!({"alg": "RS256", "kid": "ins_1"}), &json!({"sub": "user_1", "n": 1})).unwrap();

        let by_pem = DecodingKey::from_rsa_pem(key.public_pem.as_bytes()).unwrap();
        let decoded = decode::<Value>(&token, &by_pem, &claims_only()).unwrap();
        assert_eq!(decoded.claims, json!({"sub": "user_1", "n": 1}));
        assert_eq!(decoded.header.kid.as_deref(), Some("ins_1"));

        let set: JwkSet = serde_json::from_value(key.jwks.clone()).unwrap();
        let by_jwk = DecodingKey::from_jwk(set.find("ins_1").unwrap()).unwrap();
        decode::<Value>(&token, &by_jwk, &claims_only()).unwrap();
    }

    #[test]
    fn a_token_does_not_verify_with_another_key() {
        let token = InstanceKey::generate("ins_1").unwrap();
        let token = token.sign(&json!({"alg": "RS256"}), &json!({})).unwrap();
        let other = InstanceKey::generate("ins_1").unwrap();
        let other = DecodingKey::from_rsa_pem(other.public_pem.as_bytes()).unwrap();
        assert!(decode::<Value>(&token, &other, &claims_only()).is_err());
    }

    #[test]
    fn the_header_is_signed_as_given() {
        let key = InstanceKey::generate("ins_1").unwrap();
        let token = key.sign(&json!({"alg": "none"}), &json!({})).unwrap();
        let header = token.split('.').next().unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(header).unwrap(), br#"{"alg":"none"}"#);
        assert_eq!(token.split('.').count(), 3);
    }

    #[test]
    fn pem_lines_are_64_columns() {
        let key = InstanceKey::generate("ins_1").unwrap();
        assert!(key.public_pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        assert!(key.public_pem.ends_with("\n-----END PUBLIC KEY-----\n"));
        assert!(key.public_pem.lines().all(|line| (1..=PEM_COLUMNS).contains(&line.len())));
    }
}
