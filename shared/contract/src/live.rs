//! The messages of live updates, the subprotocol `usher.v1` of a WebSocket.
//!
//! No data crosses the socket. The server names what changed, and the client reads it again over HTTP. A client opens
//! the socket with the subprotocols [`SUBPROTOCOL`] and [`BEARER_PREFIX`] with its session token, because a browser
//! cannot send headers with the handshake. Then it sends [`Hello`], and again each time before its lease expires.

mod change_key;
mod close_reason;
mod hello;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use change_key::ChangeKey;
pub use close_reason::CloseReason;
pub use hello::Hello;

use crate::{limits::MAX_CHANGED_BYTES, problem::ProblemDetails};

/// The subprotocol that the server selects (RFC 6455 §1.9).
pub const SUBPROTOCOL: &str = "usher.v1";

/// The beginning of the subprotocol that carries the session token. A JSON Web Token has only characters that a
/// subprotocol may have (RFC 6455 §4.1, RFC 7519 §3).
pub const BEARER_PREFIX: &str = "bearer.";

/// A message from the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ServerMessage {
    /// The answer to a hello. From now on the server sends every change. The client reads all it shows again,
    /// because earlier changes were not sent.
    Ready {
        /// The time until the client must send the next hello, in milliseconds.
        renew_in_ms: u32,
    },
    /// Something has changed. The client reads it again.
    Changed {
        /// What has changed.
        keys: BTreeSet<ChangeKey>,
    },
    /// The server closes the socket, or the client must do so.
    Closed {
        /// Why the socket is closed.
        reason: CloseReason,
    },
    /// The answer to a message that is not a valid hello. The socket stays open.
    Error {
        /// The problem, as an HTTP route answers it.
        problem: ProblemDetails,
    },
    /// A message of a later version. The client ignores it.
    #[serde(other)]
    #[schemars(skip)]
    Unknown,
}

impl ServerMessage {
    /// Returns the message that names what has changed. If the keys do not fit into [`MAX_CHANGED_BYTES`], the only
    /// key is [`ChangeKey::All`].
    pub fn changed(keys: BTreeSet<ChangeKey>) -> Self {
        let message = Self::Changed { keys };
        if message.to_json().len() <= MAX_CHANGED_BYTES {
            return message;
        }
        Self::Changed { keys: BTreeSet::from([ChangeKey::All]) }
    }

    /// Returns the message as JSON.
    pub fn to_json(&self) -> String {
        // A message has only strings and numbers, so it can always be written as JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::id::ThreadId;

    #[test]
    fn a_message_has_its_type_and_its_fields() {
        let keys = BTreeSet::from([ChangeKey::Threads, ChangeKey::User]);
        for (message, expected) in [
            (ServerMessage::Ready { renew_in_ms: 1 }, json!({"type": "ready", "renew_in_ms": 1})),
            (ServerMessage::changed(keys), json!({"type": "changed", "keys": ["threads", "user"]})),
            (
                ServerMessage::Closed { reason: CloseReason::UserDeleted },
                json!({"type": "closed", "reason": "user-deleted"}),
            ),
        ] {
            let text = message.to_json();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), expected);
            assert_eq!(serde_json::from_str::<ServerMessage>(&text).unwrap(), message);
        }
    }

    #[test]
    fn keys_that_do_not_fit_become_all() {
        let threads =
            |count: u128| (0..count).map(|id| ChangeKey::Thread(ThreadId::from_uuid(uuid::Uuid::from_u128(id))));
        let message = ServerMessage::changed(threads(20).collect());
        assert_eq!(message, ServerMessage::Changed { keys: threads(20).collect() });
        let message = ServerMessage::changed(threads(30).collect());
        assert_eq!(message, ServerMessage::Changed { keys: BTreeSet::from([ChangeKey::All]) });
    }

    #[test]
    fn what_a_later_version_sends_is_read() {
        let read = |text| serde_json::from_str::<ServerMessage>(text).unwrap();
        assert_eq!(read(r#"{"type":"news","x":1}"#), ServerMessage::Unknown);
        let closed = read(r#"{"type":"closed","reason":"new"}"#);
        assert_eq!(closed, ServerMessage::Closed { reason: CloseReason::Unknown });
        let changed = read(r#"{"type":"changed","keys":["user","files/1"]}"#);
        assert_eq!(changed, ServerMessage::Changed { keys: BTreeSet::from([ChangeKey::All, ChangeKey::User]) });
    }
}
