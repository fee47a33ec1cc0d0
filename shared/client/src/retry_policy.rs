//! The number and the length of the attempts of a call.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// The limits of the attempts of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The maximum number of attempts, including the first.
    pub attempts: usize,
    /// The time limit of one attempt, with the time that the token source takes.
    pub attempt_timeout: Duration,
    /// The time limit of all attempts and waits together. If the next wait would end later, there is no other attempt.
    pub timeout: Duration,
}

impl RetryPolicy {
    /// One attempt of at most 30 s.
    pub const NONE: Self =
        Self { attempts: 1, attempt_timeout: Duration::from_secs(30), timeout: Duration::from_secs(30) };

    /// Returns the longest waits between attempts. They double from 200 ms up to 5 s.
    pub(crate) fn backoff(self) -> impl BackoffBuilder {
        ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(Duration::from_secs(5))
            .with_max_times(self.attempts.saturating_sub(1))
    }
}

impl Default for RetryPolicy {
    /// 6 attempts of at most 12 s within 30 s. A function may take 10 s, and the deletion of an account 20 s.
    fn default() -> Self {
        Self { attempts: 6, attempt_timeout: Duration::from_secs(12), timeout: Duration::from_secs(30) }
    }
}
