//! The rate limit of the Backend API.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A number of requests that is allowed in each fixed window of time.
pub(crate) struct RateLimit {
    requests: usize,
    per: Duration,
    window_start: Instant,
    seen: usize,
}

impl RateLimit {
    pub(crate) fn new(requests: usize, per: Duration) -> Self {
        Self { requests, per, window_start: Instant::now(), seen: 0 }
    }

    /// Returns the object that the control routes return.
    pub(crate) fn object(&self) -> Value {
        json!({"requests": self.requests, "per_ms": self.per.as_millis() as u64})
    }

    /// Counts a request. If it exceeds the limit, returns the seconds until the next window, at least 1.
    pub(crate) fn exceeded(&mut self) -> Option<u64> {
        if self.window_start.elapsed() >= self.per {
            (self.window_start, self.seen) = (Instant::now(), 0);
        }
        self.seen += 1;
        if self.seen <= self.requests {
            return None;
        }
        let left = self.per.saturating_sub(self.window_start.elapsed());
        Some((left.as_secs() + u64::from(left.subsec_nanos() > 0)).max(1))
    }
}
