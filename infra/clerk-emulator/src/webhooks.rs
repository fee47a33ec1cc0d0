//! Webhooks as Svix delivers them for Clerk: signed anew for each attempt, at least once, in no promised order.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::control::HeldWebhook;
use super::signer::Signer;
use super::{ClerkError, ids};

/// What Svix waits for an answer.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// Svix's schedule after the attempt that is made at once: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h; a thousandth of it.
pub(super) const RETRY_DELAYS: [Duration; 7] = [
    Duration::from_millis(5),
    Duration::from_millis(300),
    Duration::from_millis(1_800),
    Duration::from_millis(7_200),
    Duration::from_millis(18_000),
    Duration::from_millis(36_000),
    Duration::from_millis(36_000),
];

/// One endpoint of one instance.
pub(super) struct Webhooks {
    client: reqwest::Client,
    url: reqwest::Url,
    signer: Signer,
    retry_delays: Vec<Duration>,
}

impl Webhooks {
    pub(super) fn new(
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
            // To Svix a redirect is a failure.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(timeout)
            .no_proxy()
            .build()
            .map_err(ClerkError::Client)?;
        let signer = Signer::new(secret)?;
        Ok(Arc::new(Self { client, url, signer, retry_delays }))
    }

    pub(super) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// One attempt, whatever it is answered.
    pub(super) async fn post(&self, message_id: &str, body: Bytes) -> Result<StatusCode, ClerkError> {
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

    /// Delivers in a task of its own, so that a caller that goes away takes no message along.
    pub(super) fn send(self: &Arc<Self>, event: &str, body: Vec<u8>) -> FirstAttempt {
        let (first, attempted) = oneshot::channel();
        let (webhooks, event) = (Arc::clone(self), event.to_owned());
        tokio::spawn(async move { webhooks.deliver(&event, body.into(), first).await });
        FirstAttempt(attempted)
    }

    /// Delivers each when the first attempt of the one before it has ended.
    pub(super) fn send_in_order(self: &Arc<Self>, messages: Vec<HeldWebhook>) {
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
        // Nobody waits any more where the caller went away.
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

/// Ends when the first attempt of a delivery has, well or badly; at most 15 s later.
pub(super) struct FirstAttempt(oneshot::Receiver<()>);

impl FirstAttempt {
    /// Of a message that is not delivered now.
    pub(super) fn none() -> Self {
        Self(oneshot::channel().1)
    }

    pub(super) async fn wait(self) {
        // An error says that the delivery is over, which is just as good.
        let _ = self.0.await;
    }
}

pub(super) fn message_id() -> String {
    ids::id("msg")
}

/// The envelope of every event.
pub(super) fn event(kind: &str, data: Value, instance_id: &str, request: &HttpRequest) -> Vec<u8> {
    let event = json!({
        "data": data,
        "event_attributes": {"http_request": {"client_ip": "127.0.0.1", "user_agent": request.user_agent}},
        "instance_id": instance_id,
        "object": "event",
        "timestamp": ids::now_ms(),
        "type": kind,
    });
    event.to_string().into_bytes()
}

/// What an event tells of the request that caused it.
pub(super) struct HttpRequest {
    user_agent: String,
}

impl<S: Send + Sync> FromRequestParts<S> for HttpRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self { user_agent: user_agent.unwrap_or_default().to_owned() })
    }
}
