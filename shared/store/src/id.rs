//! The ids that the store generates.

use std::{fmt, time::Duration};

use usher_contract::{MessageId, ThreadId, Timestamp};
use uuid::Uuid;

/// An id that the store generates. Later ids sort after earlier ids.
pub(crate) trait GeneratedId: Copy + fmt::Display {
    fn from_uuid(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;

    fn generate() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }

    /// Returns when the id was generated.
    fn created_at(self) -> Timestamp {
        let (seconds, nanos) = self.uuid().get_timestamp().map(|time| time.to_unix()).unwrap_or_default();
        Timestamp::from_millis(0).saturating_add(Duration::new(seconds, nanos))
    }
}

impl GeneratedId for ThreadId {
    fn from_uuid(uuid: Uuid) -> Self {
        Self::from_uuid(uuid)
    }

    fn uuid(self) -> Uuid {
        self.uuid()
    }
}

impl GeneratedId for MessageId {
    fn from_uuid(uuid: Uuid) -> Self {
        Self::from_uuid(uuid)
    }

    fn uuid(self) -> Uuid {
        self.uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_id_sorts_by_its_time() {
        let (first, second) = (ThreadId::generate(), ThreadId::generate());
        assert!(first.to_string() < second.to_string());
        for created_at in [first.created_at(), MessageId::generate().created_at()] {
            assert!(Timestamp::now().saturating_duration_since(created_at) < Duration::from_secs(60));
        }
        assert_eq!(ThreadId::parse(&first.to_string()), Ok(first));
    }
}
