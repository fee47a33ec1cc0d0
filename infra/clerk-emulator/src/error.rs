//! What can go wrong for the owner of the emulator.

/// Why the emulator could not do what its owner asked. Callers of its routes get Clerk's errors instead.
#[derive(Debug, thiserror::Error)]
pub enum ClerkError {
    /// The instance key could not be made.
    #[error("the RSA key could not be generated")]
    Key,
    /// A token could not be signed.
    #[error("the token could not be signed")]
    Mint,
    /// `webhook_url` is no `http` or `https` URL.
    #[error("the webhook URL is not an http or https URL")]
    WebhookUrl,
    /// `webhook_secret` is not `whsec_` and base64.
    #[error("the webhook secret is not of the form whsec_ and base64")]
    WebhookSecret(#[source] svix::webhooks::WebhookError),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
    /// A webhook could not be signed: Svix signs UTF-8 only.
    #[error("the webhook could not be signed")]
    Sign(#[source] svix::webhooks::WebhookError),
    /// A webhook got no answer within 15 s.
    #[error("the webhook got no answer")]
    Deliver(#[source] reqwest::Error),
}
