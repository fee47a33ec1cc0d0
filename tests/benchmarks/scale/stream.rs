//! A shard of the table's stream, and the batches of `notify-changes` that read it.

use crate::limits::{BATCH, BATCH_SECONDS, MESSAGE_RECORDS, PARALLEL_USERS, POLLS, QUERY_SECONDS};

/// A shard. Each partition of the table has one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shard {
    waiting: f64,
}

/// What `notify-changes` did with a shard in a second.
#[derive(Debug)]
pub(crate) struct Notified {
    pub(crate) invocations: f64,
    /// The average number of batches at the same time.
    pub(crate) concurrency: f64,
    /// The time that the last record waits, in seconds.
    pub(crate) age: f64,
}

impl Shard {
    /// Adds the records of a second, and reads what `parallel` batches at a time can. A post to a connection takes
    /// `post_seconds`.
    pub(crate) fn read(&mut self, messages: f64, parallel: f64, post_seconds: f64) -> Notified {
        self.waiting += messages * MESSAGE_RECORDS;
        // Each read is divided over the parallel batches, and nothing waits until a batch is full.
        let batch = (self.waiting / POLLS / parallel).clamp(1.0, BATCH);
        let rounds = (batch / MESSAGE_RECORDS / PARALLEL_USERS).ceil();
        let seconds = BATCH_SECONDS + rounds * (QUERY_SECONDS + post_seconds);
        let invocations = (self.waiting / batch).min(parallel / seconds);
        let told = invocations * batch;
        self.waiting = (self.waiting - told).max(0.0);
        Notified { invocations, concurrency: invocations * seconds, age: self.waiting / told.max(1.0) }
    }
}
