//! An observer of the stream outside of the template.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::broadcast;

/// The maximum number of records that wait for a slow observer.
const WAITING: usize = 1024;

/// Passes on every record of the stream, in the format of Lambda's events.
#[derive(Debug, Clone)]
pub(crate) struct StreamObserver(broadcast::Sender<Arc<Value>>);

impl Default for StreamObserver {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }
}

impl StreamObserver {
    pub(super) fn observe(&self, record: &Value) {
        if self.0.receiver_count() > 0 {
            // An error means that the last receiver was dropped just now.
            let _ = self.0.send(Arc::new(record.clone()));
        }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Value>> {
        self.0.subscribe()
    }
}
