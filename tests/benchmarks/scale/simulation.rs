//! One run: in each second, the load meets Lambda, the index, the table and its stream.

use rand::{SeedableRng, rngs::StdRng};

use crate::{
    limits::{DELETION_ENTRIES, DELETION_UNITS, MESSAGE_UNITS, REQUEST_SECONDS, SIGN_UP_UNITS},
    stream::Shard,
    table::{OnDemand, Partition, arrivals, partitions, split},
};

/// What users do in a second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) sign_ups: f64,
    pub(crate) messages: f64,
    pub(crate) deletions: f64,
    /// The messages of one more user.
    pub(crate) of_busy_user: f64,
}

impl Load {
    /// The units that this load needs in a second, with those of the index.
    pub(crate) fn units(self) -> f64 {
        self.sign_ups * (SIGN_UP_UNITS + 1.0)
            + self.messages * MESSAGE_UNITS
            + self.deletions * (DELETION_UNITS + DELETION_ENTRIES)
    }
}

/// What an operator chooses, and the shards of an index, which the code chooses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters {
    /// The units a second for which the table is ready from the beginning.
    pub(crate) warm_units: f64,
    /// The quota of the table, in units a second.
    pub(crate) table_quota: f64,
    pub(crate) index_shards: u8,
    pub(crate) concurrency_quota: f64,
    /// `ParallelizationFactor` of `notify-changes`.
    pub(crate) parallelization: f64,
    /// The time until API Gateway has taken a message to a connection.
    pub(crate) post_seconds: f64,
}

/// What a run has shown.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The part of the load that was refused in the first minute.
    pub(crate) refused_first: f64,
    /// The part that each refused in the last minute: Lambda, the index, the table as a whole, its partitions.
    pub(crate) refused_last: [f64; 4],
    pub(crate) partitions: usize,
    /// The largest number of executions at the same time that would have been needed.
    pub(crate) concurrency: f64,
    /// The largest number of invocations of `notify-changes` in a second.
    pub(crate) notifications: f64,
    /// The largest age of a record of the stream, in seconds.
    pub(crate) iterator_age: f64,
}

/// Runs a load for a time.
pub(crate) fn run(load: Load, parameters: Parameters, seconds: u32) -> Outcome {
    let mut random = StdRng::seed_from_u64(1);
    let mut on_demand = OnDemand::new(parameters.warm_units, parameters.table_quota);
    let mut table = partitions(parameters.warm_units, load.of_busy_user > 0.0);
    let mut shards = vec![Shard::default(); table.len()];
    let shard = Partition::new(f64::from(parameters.index_shards).recip(), false);
    let mut index = vec![shard; parameters.index_shards.into()];
    let mut outcome = Outcome::default();
    for second in 0..seconds {
        let requests = load.sign_ups + load.messages + load.deletions + load.of_busy_user;
        let mut concurrency = requests * REQUEST_SECONDS;
        let by_lambda = (parameters.concurrency_quota / concurrency).min(1.0);

        let entries = (load.sign_ups + load.deletions * DELETION_ENTRIES) * by_lambda;
        let in_index = |shard: &mut Partition| shard.share * shard.write(arrivals(entries * shard.share, &mut random));
        let by_index: f64 = index.iter_mut().map(in_index).sum();

        let of_users = load.sign_ups * SIGN_UP_UNITS + load.deletions * DELETION_UNITS;
        let units = (of_users * by_index + load.messages * MESSAGE_UNITS) * by_lambda;
        let by_table = on_demand.write(second, units + load.of_busy_user * MESSAGE_UNITS);

        // All writes count as messages here.
        let (mut tried, mut written, mut notifications) = (0.0, 0.0, 0.0);
        for (partition, shard) in table.iter_mut().zip(&mut shards) {
            let busy = if partition.is_of_busy_user { load.of_busy_user } else { 0.0 };
            let messages = (arrivals(units / MESSAGE_UNITS * partition.share, &mut random) + busy) * by_table;
            let stored = messages * partition.write(messages * MESSAGE_UNITS);
            let notified = shard.read(stored, parameters.parallelization, parameters.post_seconds);
            tried += messages;
            written += stored;
            notifications += notified.invocations;
            concurrency += notified.concurrency;
            outcome.iterator_age = outcome.iterator_age.max(notified.age);
        }
        split(&mut table);
        shards.resize(table.len(), Shard::default());
        split(&mut index);

        let accepted = [by_lambda, by_index, by_table, written / tried];
        if second < 60 {
            outcome.refused_first += (1.0 - accepted.iter().product::<f64>()) / 60.0;
        }
        if second >= seconds - 60 {
            for (refused, accepted) in outcome.refused_last.iter_mut().zip(accepted) {
                *refused += (1.0 - accepted) / 60.0;
            }
        }
        outcome.concurrency = outcome.concurrency.max(concurrency);
        outcome.notifications = outcome.notifications.max(notifications);
    }
    outcome.partitions = table.len();
    outcome
}
