//! The signature of a webhook delivery (Svix).

use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderMap;
use svix::webhooks::{Webhook, WebhookError};

/// Verifies deliveries with several secrets, so that no delivery is lost while a secret is rotated.
pub struct WebhookVerifier(Vec<Webhook>);

/// The minimum length of the key in a secret, in bytes. Standard Webhooks 1.0.0 requires it
/// ("Signature scheme").
const MIN_KEY_BYTES: usize = 24;

/// The error of a text that is not a signing secret. Names its position in the list, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entry {position} must be a Svix signing secret: whsec_ and the base64 of at least {MIN_KEY_BYTES} bytes")]
pub struct SecretError {
    /// The position in the comma-separated list, from 1.
    pub position: usize,
}

/// The reason that a delivery is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// `svix-id`, `svix-timestamp` or `svix-signature` is absent or unreadable.
    #[error("the headers svix-id, svix-timestamp and svix-signature are required")]
    Headers,
    /// `svix-timestamp` is more than 300 s in the past or in the future.
    #[error("svix-timestamp is more than 300 s from now")]
    Timestamp,
    /// No signature was made with one of the secrets.
    #[error("no signature in svix-signature is valid")]
    Signature,
}

impl WebhookVerifier {
    /// Parses the secrets of `CLERK_WEBHOOK_SECRET`: `whsec_…`, separated by commas. White space around each is
    /// ignored.
    ///
    /// # Errors
    /// An entry is not a signing secret.
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

    /// Returns whether the list has no secret.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Verifies the body of a delivery. The body must be the bytes that Svix sent.
    ///
    /// # Errors
    /// A header is missing, the timestamp is more than 300 s from now, or no signature is valid.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), SignatureError> {
        let mut rejection = SignatureError::Signature;
        for secret in &self.0 {
            match secret.verify(body, headers) {
                Ok(()) => return Ok(()),
                Err(error) => rejection = reason(&error),
            }
        }
        Err(rejection)
    }
}

/// Parses one secret. The svix crate also accepts a secret without the prefix and a key of any length, so that
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
    fn both_secrets_are_valid_during_a_rotation() {
        let verifier = WebhookVerifier::new(&format!("{OLD}, {NEW}\n")).unwrap();
        assert_eq!(verifier.verify(&signed(OLD, b"{}"), b"{}"), Ok(()));
        assert_eq!(verifier.verify(&signed(NEW, b"{}"), b"{}"), Ok(()));
        let one = WebhookVerifier::new(OLD).unwrap();
        assert_eq!(one.verify(&signed(NEW, b"{}"), b"{}"), Err(SignatureError::Signature));
    }

    #[test]
    fn an_error_names_the_position_of_a_bad_secret() {
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

    #[test]
    fn a_list_may_have_no_secret() {
        assert!(WebhookVerifier::new(" , ").unwrap().is_empty());
        assert!(!WebhookVerifier::new(OLD).unwrap().is_empty());
    }

    #[test]
    fn a_rejection_names_the_headers_the_time_or_the_signature() {
        use SignatureError::{Headers, Signature, Timestamp};
        let verifier = WebhookVerifier::new(OLD).unwrap();
        for (name, value, rejection) in [
            ("svix-id", None, Headers),
            ("svix-signature", None, Headers),
            ("svix-timestamp", Some("soon"), Headers),
            ("svix-timestamp", Some("0"), Timestamp),
            ("svix-timestamp", Some("99999999999"), Timestamp),
            ("svix-id", Some("msg_2"), Signature),
        ] {
            let mut headers = signed(OLD, b"{}");
            match value {
                Some(value) => drop(headers.insert(name, value.parse().unwrap())),
                None => drop(headers.remove(name)),
            }
            assert_eq!(verifier.verify(&headers, b"{}"), Err(rejection), "{name}: {value:?}");
        }
    }
}
