//! The pace at which a reply is stored, and its lease renewed, while it grows.
//!
//! DynamoDB charges for the whole row at each write. So a reply is stored only after it has grown by an eighth, and these
//! writes together cost at most nine times the last one, however long the reply is and however slow the model. The lease
//! is renewed between them in a row of its own, which is small.

use std::time::Duration;

use tokio::time::Instant;

use crate::children::reply_place::LEASE;

/// The minimum time between two writes of the reply.
const PAUSE: Duration = Duration::from_secs(1);
/// The time after which the lease is renewed. A third of the lease, so two renewals may fail.
const RENEWAL: Duration = Duration::from_secs(10);
const _: () = assert!(3 * RENEWAL.as_secs() <= LEASE.as_secs());
/// A reply is stored again when it has grown by this part of its stored length.
const GROWTH: usize = 8;

/// When a reply was last stored, how long it was then, and when its lease was last renewed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReplyPace {
    stored_at: Instant,
    stored_bytes: usize,
    renewed_at: Instant,
}

impl ReplyPace {
    /// Begins with a row that has just been written with this number of bytes. That renews the lease, too.
    pub(crate) fn new(stored_bytes: usize) -> Self {
        let now = Instant::now();
        Self { stored_at: now, stored_bytes, renewed_at: now }
    }

    /// Notes that the lease alone has been renewed.
    pub(crate) fn renew(&mut self) {
        self.renewed_at = Instant::now();
    }

    /// Returns whether a reply of this number of bytes is to be stored now.
    pub(crate) fn is_due(&self, bytes: usize) -> bool {
        self.stored_at.elapsed() >= PAUSE && bytes > self.stored_bytes + self.stored_bytes / GROWTH
    }

    /// Returns whether the lease is to be renewed now.
    pub(crate) fn is_renewal_due(&self) -> bool {
        self.renewed_at.elapsed() >= RENEWAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the writing of a reply costs.
    #[derive(Debug, PartialEq, Eq)]
    struct Cost {
        writes: usize,
        /// The bytes of all writes of the reply.
        written: usize,
        renewals: usize,
    }

    /// Writes a reply of which the model sends a number of bytes in each second.
    async fn write(bytes: usize, per_second: usize) -> Cost {
        let mut pace = ReplyPace::new(0);
        let mut cost = Cost { writes: 0, written: 0, renewals: 0 };
        for length in (per_second..=bytes).step_by(per_second) {
            tokio::time::advance(PAUSE).await;
            if pace.is_due(length) {
                pace = ReplyPace::new(length);
                cost.writes += 1;
                cost.written += length;
            } else if pace.is_renewal_due() {
                pace.renew();
                cost.renewals += 1;
            }
        }
        // The reply is stored once more when it ends.
        Cost { writes: cost.writes + 1, written: cost.written + bytes, ..cost }
    }

    /// `infra/README.md` has these figures.
    #[tokio::test(start_paused = true)]
    async fn writes_are_linear_in_the_length_of_a_reply() {
        const KB: usize = 1024;
        // 1,000 bytes a second is a fast model, and 150 bytes a second is a slow one.
        for (bytes, per_second, writes, written, renewals) in [
            (KB, 1_000, 2, 2_024, 0),
            (10 * KB, 1_000, 10, 56_240, 0),
            (100 * KB, 1_000, 26, 818_400, 1),
            (KB, 150, 7, 4_174, 0),
            (10 * KB, 150, 23, 80_140, 0),
            (100 * KB, 150, 42, 944_200, 51),
        ] {
            let cost = write(bytes, per_second).await;
            assert_eq!(cost, Cost { writes, written, renewals }, "{bytes} at {per_second}");
            assert!(cost.written <= 10 * bytes);
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
        let mut pace = ReplyPace::new(8);
        tokio::time::advance(RENEWAL - PAUSE).await;
        assert!(!pace.is_renewal_due());
        tokio::time::advance(PAUSE).await;
        assert!(pace.is_renewal_due() && !pace.is_due(8));
        pace.renew();
        assert!(!pace.is_renewal_due());
        // The renewal of the lease does not put off the next write.
        assert!(pace.is_due(10));
    }
}
