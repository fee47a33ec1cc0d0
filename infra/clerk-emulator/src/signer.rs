//! What signs webhooks, and how its secret is rotated.

use std::sync::OnceLock;

use svix::webhooks::Webhook;

use super::ClerkError;

/// A secret and its successors, of which the last signs. Those before it are kept: callers hold references to them.
pub(super) struct Signer {
    secret: String,
    webhook: Webhook,
    next: OnceLock<Box<Signer>>,
}

impl Signer {
    pub(super) fn new(secret: &str) -> Result<Self, ClerkError> {
        let webhook = Webhook::new(secret).map_err(ClerkError::WebhookSecret)?;
        Ok(Self { secret: secret.to_owned(), webhook, next: OnceLock::new() })
    }

    pub(super) fn rotate(&self, secret: &str) -> Result<(), ClerkError> {
        let mut next = Box::new(Self::new(secret)?);
        // Of two rotations at once, one comes after the other.
        while let Err(refused) = self.current().next.set(next) {
            next = refused;
        }
        Ok(())
    }

    pub(super) fn secret(&self) -> &str {
        &self.current().secret
    }

    pub(super) fn sign(&self, message_id: &str, timestamp: i64, body: &[u8]) -> Result<String, ClerkError> {
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
