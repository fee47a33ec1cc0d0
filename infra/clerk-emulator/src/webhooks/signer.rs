//! The signature of webhooks, and the rotation of its secret.

use std::sync::OnceLock;

use svix::webhooks::Webhook;

use crate::error::ClerkError;

/// A secret and its successors. The last one signs. The earlier ones are kept, because [`Signer::secret`] returns
/// references to them.
pub(crate) struct Signer {
    secret: String,
    webhook: Webhook,
    next: OnceLock<Box<Signer>>,
}

impl Signer {
    pub(crate) fn new(secret: &str) -> Result<Self, ClerkError> {
        let webhook = Webhook::new(secret).map_err(ClerkError::WebhookSecret)?;
        Ok(Self { secret: secret.to_owned(), webhook, next: OnceLock::new() })
    }

    /// Returns an error if this cannot be the secret.
    pub(crate) fn check(secret: &str) -> Result<(), ClerkError> {
        Self::new(secret).map(drop)
    }

    pub(crate) fn rotate(&self, secret: &str) -> Result<(), ClerkError> {
        let mut next = Box::new(Self::new(secret)?);
        // If two rotations run at once, the second one is appended after the first.
        while let Err(refused) = self.current().next.set(next) {
            next = refused;
        }
        Ok(())
    }

    pub(crate) fn secret(&self) -> &str {
        &self.current().secret
    }

    pub(crate) fn sign(&self, message_id: &str, timestamp: i64, body: &[u8]) -> Result<String, ClerkError> {
        self.current().webhook.sign(message_id, timestamp, body).map_err(ClerkError::Sign)
    }

    fn current(&self) -> &Self {
        let mut current = self;
        while let Some(next) = current.next.get() {
            current = next;
        }
        current
    }
}
