//! Webhooks as Svix delivers them for Clerk: at least once, in no guaranteed order, with a new signature for each
//! attempt.

pub(crate) mod endpoint;
pub(crate) mod event;
mod journal;
pub(crate) mod message;
pub(crate) mod replay;
pub(crate) mod signer;

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;

use crate::{
    changes::Changes,
    ids,
    webhooks::{
        endpoint::Endpoint,
        journal::Journal,
        message::{Message, MessageState},
    },
};

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

/// The webhooks of an instance.
pub(crate) struct Webhooks {
    endpoint: Endpoint,
    retry_delays: Vec<Duration>,
    journal: Journal,
}

impl Webhooks {
    /// The journal announces its changes.
    pub(crate) fn new(endpoint: Endpoint, retry_delays: Vec<Duration>, changes: Changes) -> Arc<Self> {
        Arc::new(Self { endpoint, retry_delays, journal: Journal::new(changes) })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Delivers in its own task, so that a caller that disconnects does not cancel the delivery.
    pub(crate) fn send(self: &Arc<Self>, message: Message) -> FirstAttempt {
        self.journal.set_state(&message.id, MessageState::Sending);
        let (first, attempted) = oneshot::channel();
        let webhooks = Arc::clone(self);
        tokio::spawn(async move { webhooks.deliver(&message, first).await });
        FirstAttempt(attempted)
    }

    /// Delivers each message after the first attempt of the previous one has ended. The result completes after the
    /// first attempt of the last message.
    pub(crate) fn send_in_order(self: &Arc<Self>, messages: Vec<Message>) -> FirstAttempt {
        if messages.is_empty() {
            return FirstAttempt::none();
        }
        let (last, attempted) = oneshot::channel();
        let webhooks = Arc::clone(self);
        tokio::spawn(async move {
            for message in messages {
                webhooks.send(message).wait().await;
            }
            // The receiver is gone if nobody waits.
            let _ = last.send(());
        });
        FirstAttempt(attempted)
    }

    /// Makes one attempt with the signature of another body. It does not change the state of the message.
    pub(crate) async fn send_with_wrong_signature(&self, message: &Message) {
        self.attempt(message, b"another body", ids::now_seconds()).await;
    }

    /// Makes one attempt with this `svix-timestamp` and a signature that fits, as somebody does who captured the request
    /// then. The state tells whether the endpoint took the message.
    pub(crate) async fn send_signed_at(&self, message: &Message, svix_timestamp: i64) {
        let is_delivered = self.attempt(message, &message.body, svix_timestamp).await;
        self.journal.set_state(&message.id, MessageState::after_last_attempt(is_delivered));
    }

    async fn deliver(&self, message: &Message, first: oneshot::Sender<()>) {
        let mut first = Some(first);
        let mut delays = self.retry_delays.iter();
        loop {
            let is_delivered = self.attempt(message, &message.body, ids::now_seconds()).await;
            let delay = if is_delivered { None } else { delays.next() };
            if delay.is_none() {
                self.finish(message, is_delivered);
            }
            if let Some(first) = first.take() {
                // The receiver is gone if the caller disconnected.
                let _ = first.send(());
            }
            match delay {
                Some(delay) => tokio::time::sleep(*delay).await,
                None => return,
            }
        }
    }

    /// Makes an attempt, and returns whether the endpoint took the message.
    async fn attempt(&self, message: &Message, signed: &[u8], svix_timestamp: i64) -> bool {
        let attempt = self.endpoint.attempt(message, signed, svix_timestamp).await;
        let is_delivered = attempt.status.is_some_and(|status| (200..300).contains(&status));
        self.journal.add_attempt(&message.id, attempt);
        is_delivered
    }

    fn finish(&self, message: &Message, is_delivered: bool) {
        let Message { kind: event, id: message_id, .. } = message;
        self.journal.set_state(message_id, MessageState::after_last_attempt(is_delivered));
        if !is_delivered {
            let attempts = self.retry_delays.len() + 1;
            tracing::error!(event, message_id, attempts, "webhook dropped: every attempt failed");
        }
    }
}

/// Completes when the first attempt of a delivery has ended, successfully or not, after at most [`ATTEMPT_TIMEOUT`]. For
/// several deliveries in order, it completes after those of all of them.
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
