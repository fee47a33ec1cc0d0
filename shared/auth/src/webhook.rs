//! Signatures of webhook deliveries (Svix).

use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderMap;
use svix::webhooks::{Webhook, WebhookError};

/// Verifies deliveries against any of several secrets, so that a secret can be rotated with nothing lost.
pub struct WebhookVerifier(Vec<Webhook>);

/// The shortest key that a secret may hold, in bytes. Svix generates 24 bytes and takes no fewer.
const MIN_KEY_BYTES: usize = 24;

/// A secret that cannot be used. Names its place in the list, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entry {position} must be a Svix signing secret: whsec_ and the base64 of at least {MIN_KEY_BYTES} bytes")]
pub struct SecretError {
    /// Place in the comma-separated list, from 1.
    pub position: usize,
}

/// Why a delivery is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// `svix-id`, `svix-timestamp` or `svix-signature` is absent or unreadable.
    #[error("the headers svix-id, svix-timestamp and svix-signature are needed")]
    Headers,
    /// More than 300 s old or ahead.
    #[error("svix-timestamp is more than 300 s from now")]
    Timestamp,
    /// No signature fits any secret.
    #[error("no signature in svix-signature fits")]
    Signature,
}

impl WebhookVerifier {
    /// Takes the secrets of `CLERK_WEBHOOK_SECRET`: `whsec_…`, comma-separated, white space around each ignored.
    ///
    /// # Errors
    /// An entry is no secret.
    pub fn new(secrets: &str) -> Result<Self, SecretError> {
        secrets
            .split(',')
            .map(str::trim)
            .enumerate()
            .filter(|(_, secret)| !secret.is_empty())
            .map(|(index, secret)| webhook(secret).ok_or(SecretError { position: index + 1 }))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether there is no secret in the list.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Verifies the raw body of a delivery, byte for byte as it was sent.
    ///
    /// # Errors
    /// A header is missing, the timestamp is more than 300 s from now, or no signature fits.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), SignatureError> {
        let mut refusal = SignatureError::Signature;
        for secret in &self.0 {
            match secret.verify(body, headers) {
                Ok(()) => return Ok(()),
                Err(error) => refusal = reason(&error),
            }
        }
        Err(refusal)
    }
}

/// Reads one secret. The svix crate would also take a secret without its prefix, and a key of any length: then
/// `changeme` would be a secret.
fn webhook(secret: &str) -> Option<Webhook> {
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    (key.len() >= MIN_KEY_BYTES).then(|| Webhook::new(secret).ok())?
}

fn reason(error: &WebhookError) -> SignatureError {
    match error {
        WebhookError::MissingHeader(_) | WebhookError::InvalidHeader(_) | WebhookError::InvalidTimestamp => {
            SignatureError::Headers
        }
        WebhookError::TimestampTooOldError | WebhookError::FutureTimestampError => SignatureError::Timestamp,
        _ => SignatureError::Signature,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;

    const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn signed(secret: &str, body: &[u8]) -> HeaderMap {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let signature = Webhook::new(secret).unwrap().sign("msg_1", now as i64, body).unwrap();
        let header = |value: &str| value.parse().unwrap();
        HeaderMap::from_iter([
            ("svix-id".parse().unwrap(), header("msg_1")),
            ("svix-timestamp".parse().unwrap(), header(&now.to_string())),
            ("svix-signature".parse().unwrap(), header(&signature)),
        ])
    }

    #[test]
    fn while_a_secret_is_rotated_both_are_good() {
        let verifier = WebhookVerifier::new(&format!("{OLD}, {NEW}\n")).unwrap();
        assert_eq!(verifier.verify(&signed(OLD, b"{}"), b"{}"), Ok(()));
        assert_eq!(verifier.verify(&signed(NEW, b"{}"), b"{}"), Ok(()));
        let one = WebhookVerifier::new(OLD).unwrap();
        assert_eq!(one.verify(&signed(NEW, b"{}"), b"{}"), Err(SignatureError::Signature));
    }

    #[test]
    fn a_bad_secret_is_named_by_its_place() {
        let error = WebhookVerifier::new(&format!("{OLD},whsec_%")).err().unwrap();
        let expected = "entry 2 must be a Svix signing secret: whsec_ and the base64 of at least 24 bytes";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_secret_needs_its_prefix_and_24_bytes() {
        let secret = |bytes: usize| format!("whsec_{}", BASE64_STANDARD.encode(vec![7; bytes]));
        assert!(WebhookVerifier::new(&secret(24)).is_ok());
        let without_prefix = OLD.trim_start_matches("whsec_");
        for bad in ["changeme", "whsec_", without_prefix, &secret(23)] {
            assert!(WebhookVerifier::new(bad).is_err(), "{bad}");
        }
    }
}
