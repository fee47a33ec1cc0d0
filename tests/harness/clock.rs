//! The current time, and waiting.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since the epoch, the unit of Clerk's objects and events.
pub fn now_ms() -> i64 {
    i64::try_from(since_epoch().as_millis()).expect("it is not yet the year 292 million")
}

/// Seconds since the epoch, the unit of tokens.
pub fn now_seconds() -> f64 {
    since_epoch().as_secs_f64()
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970")
}

/// Repeats an exchange until one takes less than `limit`, for a result that depends on the exact time. Panics after 20
/// exchanges.
pub async fn within<T>(limit: Duration, exchange: impl AsyncFn() -> T) -> T {
    for _ in 0..20 {
        let start = Instant::now();
        let result = exchange().await;
        if start.elapsed() < limit {
            return result;
        }
    }
    panic!("none of 20 exchanges took less than {limit:?}")
}

/// The time that [`eventually`] waits. It is long, because all tests run at once.
const LIMIT: Duration = Duration::from_secs(120);

/// Calls `poll` until it returns a value, for an event in another process. Panics after 120 s.
pub async fn eventually<T>(event: &str, poll: impl AsyncFn() -> Option<T>) -> T {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        if let Some(value) = poll().await {
            return value;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("did not happen within {LIMIT:?}: {event}")
}
