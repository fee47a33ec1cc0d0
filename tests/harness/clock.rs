//! Time, and waiting for what takes some.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since the epoch, as Clerk's objects and events count.
pub fn now_ms() -> i64 {
    i64::try_from(since_epoch().as_millis()).expect("it is not yet the year 292 million")
}

/// Seconds since the epoch, as tokens count.
pub fn now_seconds() -> f64 {
    since_epoch().as_secs_f64()
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970")
}

/// Repeats an exchange until one was over within `limit`: for what is true only at one moment of the clock, on a machine
/// that may be busy.
pub async fn within<T>(limit: Duration, exchange: impl AsyncFn() -> T) -> T {
    for _ in 0..20 {
        let start = Instant::now();
        let result = exchange().await;
        if start.elapsed() < limit {
            return result;
        }
    }
    panic!("of 20 exchanges none was over within {limit:?}")
}

/// On a machine that is busy with all other tests too.
const LIMIT: Duration = Duration::from_secs(120);

/// Asks again and again until there is an answer; for what another process does in its own time.
pub async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("after {LIMIT:?} still not: {what}")
}
