//! Webhooks as Svix delivers them for Clerk: at least once, in no guaranteed order, with a new signature for each
//! attempt.

pub(crate) mod event;
mod signer;

use std::{sync::Arc, time::Duration};

use axum::http::{StatusCode, header};
use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{error::ClerkError, ids, webhooks::signer::Signer};

/// The time that Svix waits for a response (Svix's docs, "Retry Schedule").
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// Svix's retry schedule after the first attempt (5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h; the same source), divided
/// by 1000.
pub(crate) const RETRY_DELAYS: [Duration; 7] = [
    Duration::from_millis(5),
    Duration::from_millis(300),
    Duration::from_millis(1_800),
    Duration::from_millis(7_200),
    Duration::from_millis(18_000),
    Duration::from_millis(36_000),
    Duration::from_millis(36_000),
];

/// The webhook endpoint of an instance.
pub(crate) struct Webhooks {
    client: reqwest::Client,
    url: reqwest::Url,
    signer: Signer,
    retry_delays: Vec<Duration>,
}

/// A webhook that is kept until it may be sent.
pub(crate) struct HeldWebhook {
    pub(crate) kind: String,
    pub(crate) body: Vec<u8>,
}

impl Webhooks {
    pub(crate) fn new(
        url: &str,
        secret: &str,
        retry_delays: Vec<Duration>,
        timeout: Duration,
    ) -> Result<Arc<Self>, ClerkError> {
        let url = reqwest::Url::parse(url).map_err(|_| ClerkError::WebhookUrl)?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(ClerkError::WebhookUrl);
        }
        let client = reqwest::Client::builder()
            // Svix treats a redirect as a failure.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(timeout)
            .no_proxy()
            .build()
            .map_err(ClerkError::Client)?;
        let signer = Signer::new(secret)?;
        Ok(Arc::new(Self { client, url, signer, retry_delays }))
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Makes one attempt, and returns the status of the response.
    pub(crate) async fn post(&self, message_id: &str, body: Bytes) -> Result<StatusCode, ClerkError> {
        let timestamp = ids::now_seconds();
        let signature = self.signer.sign(message_id, timestamp, &body)?;
        let request = self
            .client
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "Svix-Webhooks/1.0")
            .header("svix-id", message_id)
            .header("svix-timestamp", timestamp)
            .header("svix-signature", signature)
            .body(body);
        let response = request.send().await.map_err(ClerkError::Deliver)?;
        Ok(response.status())
    }

    /// Delivers in its own task, so that a caller that disconnects does not cancel the delivery.
    pub(crate) fn send(self: &Arc<Self>, event: &str, body: Vec<u8>) -> FirstAttempt {
        let (first, attempted) = oneshot::channel();
        let (webhooks, event) = (Arc::clone(self), event.to_owned());
        tokio::spawn(async move { webhooks.deliver(&event, body.into(), first).await });
        FirstAttempt(attempted)
    }

    /// Delivers each message after the first attempt of the previous one has ended.
    pub(crate) fn send_in_order(self: &Arc<Self>, messages: Vec<HeldWebhook>) {
        if messages.is_empty() {
            return;
        }
        let webhooks = Arc::clone(self);
        tokio::spawn(async move {
            for HeldWebhook { kind, body } in messages {
                webhooks.send(&kind, body).wait().await;
            }
        });
    }

    async fn deliver(&self, event: &str, body: Bytes, first: oneshot::Sender<()>) {
        let message_id = message_id();
        let mut delivered = self.attempt(event, &message_id, body.clone()).await;
        // The receiver is gone if the caller disconnected.
        let _ = first.send(());
        for delay in &self.retry_delays {
            if delivered {
                return;
            }
            tokio::time::sleep(*delay).await;
            delivered = self.attempt(event, &message_id, body.clone()).await;
        }
        if !delivered {
            let attempts = self.retry_delays.len() + 1;
            tracing::error!(event, message_id, attempts, "webhook dropped: every attempt failed");
        }
    }

    async fn attempt(&self, event: &str, message_id: &str, body: Bytes) -> bool {
        match self.post(message_id, body).await {
            Ok(status) if status.is_success() => true,
            Ok(status) => {
                tracing::warn!(event, message_id, status = status.as_u16(), "webhook attempt refused");
                false
            }
            Err(error) => {
                tracing::warn!(event, message_id, %error, "webhook attempt failed");
                false
            }
        }
    }
}

/// Completes when the first attempt of a delivery has ended, successfully or not, after at most [`ATTEMPT_TIMEOUT`].
pub(crate) struct FirstAttempt(oneshot::Receiver<()>);

impl FirstAttempt {
    /// Completes at once, for a message that is not sent.
    pub(crate) fn none() -> Self {
        Self(oneshot::channel().1)
    }

    pub(crate) async fn wait(self) {
        // An error means that the sender was dropped: there is no attempt to wait for.
        let _ = self.0.await;
    }
}

pub(crate) fn message_id() -> String {
    ids::id("msg")
}
