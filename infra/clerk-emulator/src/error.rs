//! Errors of the emulator itself.

use std::path::PathBuf;

/// An error for the owner of the emulator. Callers of its routes get Clerk's errors instead.
#[derive(Debug, thiserror::Error)]
pub enum ClerkError {
    /// The instance key could not be generated.
    #[error("the RSA key could not be generated")]
    Key,
    /// A token could not be signed.
    #[error("the token could not be signed")]
    Mint,
    /// `webhook_url` is not an `http` or `https` URL.
    #[error("the webhook URL is not an http or https URL")]
    WebhookUrl,
    /// `webhook_secret` is not `whsec_` followed by base64.
    #[error("the webhook secret is not whsec_ followed by base64")]
    WebhookSecret(#[source] svix::webhooks::WebhookError),
    /// The HTTP client could not be created.
    #[error("the HTTP client could not be created")]
    Client(#[source] reqwest::Error),
    /// Another emulator uses the data file.
    #[error("another emulator uses {}", .path.display())]
    DataInUse {
        /// The data file.
        path: PathBuf,
    },
    /// The data file could not be read or written.
    #[error("{}: {reason}", .path.display())]
    Data {
        /// The data file.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// A webhook could not be signed, because Svix signs UTF-8 only.
    #[error("the webhook could not be signed: its body is not UTF-8")]
    Sign(#[source] svix::webhooks::WebhookError),
    /// The endpoint did not answer a webhook within 15 s.
    #[error("the webhook endpoint did not answer")]
    Deliver(#[source] reqwest::Error),
}
