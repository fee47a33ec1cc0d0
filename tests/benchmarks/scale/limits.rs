//! What AWS allows, and what an operation costs. A unit is a write unit of DynamoDB: 1 KB, written once.

/// Units a second of one partition (DynamoDB's docs, "Partitions and data distribution").
pub(crate) const PARTITION_UNITS: f64 = 1_000.0;
/// The seconds whose unused units a partition may use later (DynamoDB's docs, "Burst and adaptive capacity").
pub(crate) const BURST_SECONDS: f64 = 300.0;
/// Units a second of a new table that is paid on demand (DynamoDB's docs, "On-demand capacity mode").
pub(crate) const NEW_TABLE_UNITS: f64 = 4_000.0;
/// The time in which the load of such a table may double without throttling (the same).
pub(crate) const DOUBLING_SECONDS: u32 = 30 * 60;
/// Units a second of a table, until its quota is raised (DynamoDB's docs, "Quotas").
pub(crate) const TABLE_QUOTA: f64 = 40_000.0;
/// Concurrent executions of an account, until its quota is raised (Lambda's docs, "Lambda quotas").
pub(crate) const CONCURRENCY_QUOTA: f64 = 1_000.0;
/// How often Lambda reads a shard of a stream in a second (Lambda's docs, "Polling and batching streams").
pub(crate) const POLLS: f64 = 4.0;
/// The time after which a throttled partition becomes two. An assumption, because AWS names no time.
pub(crate) const SPLIT_SECONDS: u32 = 300;

/// `BatchSize` of `notify-changes`.
pub(crate) const BATCH: f64 = 100.0;

// The units are those that `tests/store/capacity.rs` counts.

/// The first webhook of a user: its row, without the entry in the index.
pub(crate) const SIGN_UP_UNITS: f64 = 2.0;
/// A message of at most 1 KB: its row, its thread, and the check of its user.
pub(crate) const MESSAGE_UNITS: f64 = 8.0;
/// An account of 134 rows: most are erased by the transaction that hides it, 35 by the purge.
pub(crate) const DELETION_UNITS: f64 = 240.0;
/// The entries of an index that a deletion writes: the pending deletion comes and goes.
pub(crate) const DELETION_ENTRIES: f64 = 2.0;

/// The records of a message that `notify-changes` gets: the message and its thread.
pub(crate) const MESSAGE_RECORDS: f64 = 2.0;

// Durations on Lambda, in seconds. Assumptions: what AWS publishes for small requests to DynamoDB.

/// A request.
pub(crate) const REQUEST_SECONDS: f64 = 0.015;
/// A batch of `notify-changes`, without its users.
pub(crate) const BATCH_SECONDS: f64 = 0.008;
/// The query for the connections of ten users, at the same time.
pub(crate) const QUERY_SECONDS: f64 = 0.012;
/// The users whose connections are told at the same time.
pub(crate) const PARALLEL_USERS: f64 = 10.0;
