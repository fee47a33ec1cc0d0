//! The waits between attempts.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

use crate::repeat::jitter;

/// The upper bound of every wait.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(16);

const WAITS: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(100))
    .with_max_delay(LONGEST_WAIT)
    .without_max_times();

/// The waits between attempts: random, so that clients that were cut off together do not return together. The upper
/// bound doubles from 100 ms to 16 s ("full jitter").
pub(super) struct BackOff(ExponentialBackoff);

impl BackOff {
    pub(super) fn new() -> Self {
        Self(WAITS.build())
    }

    /// Returns the wait before the next attempt.
    pub(super) fn next_wait(&mut self) -> Duration {
        jitter(self.0.next().unwrap_or(LONGEST_WAIT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wait_doubles_from_100_ms_to_16_s() {
        let mut longest = [Duration::ZERO; 10];
        for _ in 0..500 {
            let mut back_off = BackOff::new();
            for longest in &mut longest {
                *longest = back_off.next_wait().max(*longest);
            }
        }
        for (found, bound) in longest.iter().zip([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 16_000, 16_000]) {
            let bound = Duration::from_millis(bound);
            assert!((bound.mul_f64(0.9)..=bound).contains(found), "{found:?} of {bound:?}");
        }
    }
}
