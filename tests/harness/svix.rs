//! Signatures of webhooks, made by the Svix library.

use base64::{Engine, prelude::BASE64_STANDARD};
use svix::webhooks::Webhook;

/// The headers of a delivery.
pub type Headers = Vec<(&'static str, String)>;

/// A new message id.
pub fn new_message_id() -> String {
    format!("msg_{}", uuid::Uuid::now_v7().simple())
}

/// A new signing secret.
pub fn new_secret() -> String {
    format!("whsec_{}", BASE64_STANDARD.encode(rand::random::<[u8; 24]>()))
}

/// The three signature headers of a delivery. `timestamp` is in seconds.
pub fn signed(secret: &str, message_id: &str, timestamp: i64, body: &[u8]) -> Headers {
    let signature = Webhook::new(secret).unwrap().sign(message_id, timestamp, body).unwrap();
    vec![("svix-id", message_id.to_owned()), ("svix-timestamp", timestamp.to_string()), ("svix-signature", signature)]
}
