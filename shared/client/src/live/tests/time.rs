//! Tokio's paused clock, which passes only while a test waits.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{
    task::yield_now,
    time::{Instant, advance},
};

/// The time that passes between the first looks at what a test waits for.
const SHORTEST_STEP: Duration = Duration::from_millis(5);

/// A later step is this part of the time that the test has waited.
const STEP_PART: u32 = 500;

/// The number of times that a test yields, so that everything due is done. Tokio looks at sockets once in 61 yields.
const YIELDS: usize = 70;

/// The longest time that a test waits for an event.
const LIMIT: Duration = Duration::from_secs(3 * 3600);

/// Waits for an event. The clock moves in small steps, and between two steps everything is done that can be done at
/// once. Tokio would move it to the next timer instead, although data is on its way through a socket.
pub(super) async fn until<T>(event: impl Future<Output = T>) -> T {
    let mut event = pin!(event);
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        if let Poll::Ready(value) = event.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
        settle().await;
        if let Poll::Ready(value) = event.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
        advance(SHORTEST_STEP.max(start.elapsed() / STEP_PART)).await;
    }
    panic!("the event did not happen within 3 hours");
}

/// Lets everything happen that can happen without the clock. A socket of this machine has what was sent to it at once.
pub(super) async fn settle() {
    for _ in 0..YIELDS {
        yield_now().await;
    }
}

/// Moves the clock at once, and lets everything happen that is due then.
pub(super) async fn pass(time: Duration) {
    settle().await;
    advance(time).await;
    settle().await;
}
