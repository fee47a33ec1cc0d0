//! The number and the length of attempts of a request to the Backend API.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// The limits of the attempts of a request to the Backend API.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// The maximum number of attempts, including the first.
    pub attempts: usize,
    /// The time limit of one attempt.
    pub attempt_timeout: Duration,
    /// The time limit of all attempts together. If Clerk asks for a longer wait (`Retry-After`), there is no other
    /// attempt.
    pub timeout: Duration,
}

impl RetryPolicy {
    /// For a request whose caller waits: 3 attempts within 4 s.
    pub const REQUEST: Self =
        Self { attempts: 3, attempt_timeout: Duration::from_secs(2), timeout: Duration::from_secs(4) };
    /// For a job without a waiting caller: 8 attempts within 2 minutes.
    pub const BATCH: Self =
        Self { attempts: 8, attempt_timeout: Duration::from_secs(10), timeout: Duration::from_secs(120) };

    /// Returns the waits between attempts. They double from 100 ms up to 10 s, and each has a random part.
    pub(crate) fn backoff(self) -> impl BackoffBuilder {
        ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(10))
            .with_max_times(self.attempts.saturating_sub(1))
            .with_jitter()
    }
}
