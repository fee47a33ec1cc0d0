//! Simulates a day that nobody can try here: 10,000 sign-ups, 100,000 messages and 1,000 deletions of accounts a second.
//! Says what refuses first, and which parameters serve it.
//!
//! Run it with `cargo bench --workspace --bench scale`. It needs no network and takes seconds. The limits of AWS and what
//! it assumes are in `limits.rs`. Requests that are refused are not repeated.

#![allow(clippy::cast_precision_loss, reason = "figures to print")]

mod limits;
mod simulation;
mod stream;
mod table;

use crate::{
    limits::{CONCURRENCY_QUOTA, NEW_TABLE_UNITS, TABLE_QUOTA},
    simulation::{Load, Parameters, run},
};

const HOUR: u32 = 60 * 60;

fn main() {
    let load = Load { sign_ups: 10_000.0, messages: 100_000.0, deletions: 1_000.0, of_busy_user: 0.0 };
    println!("{} write units a second are needed", load.units());
    let new = Parameters {
        warm_units: NEW_TABLE_UNITS,
        table_quota: TABLE_QUOTA,
        index_shards: 16,
        concurrency_quota: CONCURRENCY_QUOTA,
        parallelization: 10.0,
        post_seconds: 0.02,
    };
    let raised = Parameters { table_quota: f64::INFINITY, concurrency_quota: 5_000.0, ..new };
    let warm = Parameters { warm_units: load.units() * 1.3, ..raised };
    let slow = Parameters { post_seconds: 1.0, ..warm };
    println!(
        "{:<44} {:>7} {:>30} {:>10} {:>11} {:>8} {:>6}",
        "", "refused", "then: Lambda index table part.", "partitions", "concurrency", "notify/s", "age"
    );
    for (name, load, parameters, seconds) in [
        ("a new stack", load, new, HOUR),
        ("quotas raised", load, raised, HOUR),
        ("quotas raised, six hours later", load, raised, 6 * HOUR),
        ("warm throughput", load, warm, HOUR),
        ("warm, 1 shard of an index", load, Parameters { index_shards: 1, ..warm }, HOUR),
        ("warm, 8 shards of an index", load, Parameters { index_shards: 8, ..warm }, HOUR),
        ("warm, one user sends 1,000 messages a second", Load { of_busy_user: 1_000.0, ..load }, warm, HOUR),
        ("warm, ParallelizationFactor 1", load, Parameters { parallelization: 1.0, ..warm }, HOUR),
        ("warm, posts of 1 s", load, slow, HOUR),
        ("warm, posts of 1 s, ParallelizationFactor 1", load, Parameters { parallelization: 1.0, ..slow }, HOUR),
    ] {
        let outcome = run(load, parameters, seconds);
        let percent = |part: f64| format!("{:.1}%", part.abs() * 100.0);
        let last: Vec<_> = outcome.refused_last.iter().map(|part| format!("{:>6}", percent(*part))).collect();
        println!(
            "{name:<44} {:>7} {:>30} {:>10} {:>11.0} {:>8.0} {:>4.0} s",
            percent(outcome.refused_first),
            last.join(" "),
            outcome.partitions,
            outcome.concurrency,
            outcome.notifications,
            outcome.iterator_age
        );
    }
}
