//! What changes in an instance, for those who follow it as it happens.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::broadcast;

/// The maximum number of changes that wait for a slow reader. A reader that falls behind is cut off, and reads
/// everything again.
pub(crate) const WAITING: usize = 1024;

/// A thing that has changed. It has an id and no content, so that a reader always sees the newest content.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// What `GET /control/state` returns.
    State,
    /// The user with this id.
    User(String),
    /// The session with this id.
    Session(String),
    /// The webhook with this id.
    Delivery(String),
    /// Something that happened, with its content.
    Event { name: &'static str, data: Arc<Value> },
}

/// The place where changes are announced. Clones announce to the same readers.
#[derive(Clone)]
pub(crate) struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }
}

impl Changes {
    pub(crate) fn announce(&self, change: Change) {
        // An error means that nobody reads.
        let _ = self.0.send(change);
    }

    /// Announces something that happened. `data` is made only if somebody reads.
    pub(crate) fn announce_event(&self, name: &'static str, data: impl FnOnce() -> Value) {
        if self.0.receiver_count() > 0 {
            self.announce(Change::Event { name, data: Arc::new(data()) });
        }
    }

    /// Every change that is announced after this returns can be received.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.subscribe()
    }
}
