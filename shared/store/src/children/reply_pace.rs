//! The pace at which a reply is stored while it grows.
//!
//! DynamoDB charges for the whole row at each write. So a reply is stored only after it has grown by an eighth, and these
//! writes together cost at most nine times the last one, however long the reply is. A slow model adds a write every 10
//! seconds, which renews the lease.

use std::time::Duration;

use tokio::time::Instant;

/// The minimum time between two writes.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);
/// The time after which the row is written even if it has not grown, so that its lease does not end.
const RENEWAL: Duration = Duration::from_secs(10);
/// A reply is stored again when it has grown by this part of its stored length.
const GROWTH: usize = 8;

/// When a reply was last stored, and how long it was then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReplyPace {
    stored_at: Instant,
    stored_bytes: usize,
}

impl ReplyPace {
    /// Begins with a row that has just been written with this number of bytes.
    pub(crate) fn new(stored_bytes: usize) -> Self {
        Self { stored_at: Instant::now(), stored_bytes }
    }

    /// Returns whether a reply of this number of bytes is to be stored now.
    pub(crate) fn is_due(&self, bytes: usize) -> bool {
        let since = self.stored_at.elapsed();
        let has_grown = bytes > self.stored_bytes + self.stored_bytes / GROWTH;
        since >= RENEWAL || since >= PAUSE && has_grown
    }
}

#[cfg(test)]
mod tests {
    use usher_contract::limits::MAX_REPLY_BYTES;

    use super::*;

    /// Stores a reply that grows by `step` bytes in each second. Returns the number of writes and the bytes of all.
    async fn grow(bytes: usize, step: usize) -> (usize, usize) {
        let (mut pace, mut writes, mut written) = (ReplyPace::new(0), 0, 0);
        for length in (step..=bytes).step_by(step) {
            tokio::time::advance(PAUSE).await;
            if pace.is_due(length) {
                pace = ReplyPace::new(length);
                writes += 1;
                written += length;
            }
        }
        (writes, written)
    }

    #[tokio::test(start_paused = true)]
    async fn writes_are_linear_in_the_length_of_a_reply() {
        // 500 bytes a second is a fast model.
        for (bytes, writes, written) in [(1_024, 2, 1_500), (10_240, 13, 53_500), (MAX_REPLY_BYTES, 36, 1_199_000)] {
            assert_eq!(grow(bytes, 500).await, (writes, written), "{bytes}");
            assert!(written <= 12 * bytes);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_is_stored_at_most_once_a_second() {
        let pace = ReplyPace::new(8);
        assert!(!pace.is_due(1_000));
        tokio::time::advance(PAUSE).await;
        assert!(pace.is_due(10) && !pace.is_due(9));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_that_does_not_grow_keeps_its_lease() {
        let pace = ReplyPace::new(8);
        tokio::time::advance(RENEWAL - PAUSE).await;
        assert!(!pace.is_due(8));
        tokio::time::advance(PAUSE).await;
        assert!(pace.is_due(8));
    }
}
