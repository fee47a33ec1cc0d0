//! A message, and the attempts to deliver it.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use crate::ids;

/// A message as Svix keeps it: its id is the same in every attempt.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    /// The type of the event, for example `user.created`.
    pub(crate) kind: String,
    pub(crate) body: Bytes,
}

/// The state of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MessageState {
    /// Waits until webhooks are sent again.
    Held,
    /// An attempt is running, or another one follows.
    Sending,
    /// The endpoint answered an attempt with a 2xx status.
    Delivered,
    /// Every attempt failed.
    Failed,
    /// Will not be sent.
    Dropped,
}

impl MessageState {
    pub(crate) fn after_last_attempt(is_delivered: bool) -> Self {
        if is_delivered { Self::Delivered } else { Self::Failed }
    }
}

/// One attempt to deliver a message.
#[derive(Default, Serialize)]
pub(crate) struct Attempt {
    /// When it began, in milliseconds since the epoch.
    pub(crate) at: i64,
    pub(crate) duration_ms: i64,
    pub(crate) svix_timestamp: i64,
    pub(crate) svix_signature: String,
    /// The status of the answer. `None` if there was no answer.
    pub(crate) status: Option<u16>,
    /// The beginning of the answer's body.
    pub(crate) answer: Option<String>,
    /// The reason that there was no answer.
    pub(crate) error: Option<String>,
}

/// A message with its state and its attempts, oldest first.
pub(crate) struct Delivery {
    pub(crate) message: Message,
    pub(crate) state: MessageState,
    /// The id of the message that it repeats as an older one.
    replay_of: Option<String>,
    pub(crate) attempts: Vec<Attempt>,
    created_at: i64,
}

/// Returns a new `svix-id`.
pub(crate) fn message_id() -> String {
    ids::id("msg")
}

impl Message {
    pub(crate) fn new(kind: &str, body: Vec<u8>) -> Self {
        Self { id: message_id(), kind: kind.to_owned(), body: body.into() }
    }
}

impl Delivery {
    pub(crate) fn new(message: Message, state: MessageState) -> Self {
        Self { message, state, attempts: Vec::new(), created_at: ids::now_ms(), replay_of: None }
    }

    /// A message that repeats an older one as if it had been sent at another time.
    pub(crate) fn replay(message: Message, of: &str) -> Self {
        Self { replay_of: Some(of.to_owned()), ..Self::new(message, MessageState::Sending) }
    }

    /// Returns the object that the control routes return.
    pub(crate) fn object(&self) -> Value {
        let body: Value = serde_json::from_slice(&self.message.body).unwrap_or_default();
        json!({
            "object": "delivery",
            "id": self.message.id,
            "type": self.message.kind,
            "state": self.state,
            "created_at": self.created_at,
            "replay_of": self.replay_of,
            "body": body,
            "attempts": self.attempts,
        })
    }
}
