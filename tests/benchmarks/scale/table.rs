//! A table: its partitions, and its throughput on demand.

use rand::{Rng, RngExt};

use crate::limits::{BURST_SECONDS, DOUBLING_SECONDS, PARTITION_UNITS, SPLIT_SECONDS};

/// A partition of the table or of an index.
#[derive(Debug, Clone)]
pub(crate) struct Partition {
    /// The part of all users that it holds.
    pub(crate) share: f64,
    /// Whether it holds the busy user, whose rows stay together when it splits.
    pub(crate) is_of_busy_user: bool,
    saved: f64,
    throttled_seconds: u32,
}

impl Partition {
    pub(crate) fn new(share: f64, is_of_busy_user: bool) -> Self {
        Self { share, is_of_busy_user, saved: 0.0, throttled_seconds: 0 }
    }

    /// Writes for a second. Returns the part of the units that is written; the rest is throttled.
    pub(crate) fn write(&mut self, units: f64) -> f64 {
        let written = units.min(PARTITION_UNITS + self.saved);
        self.saved = (self.saved + PARTITION_UNITS - written).clamp(0.0, PARTITION_UNITS * BURST_SECONDS);
        self.throttled_seconds = if written < units { self.throttled_seconds + 1 } else { 0 };
        part(written, units)
    }
}

/// Returns the partitions of a table that is warm for this many units a second.
pub(crate) fn partitions(units: f64, has_busy_user: bool) -> Vec<Partition> {
    let count = (units / PARTITION_UNITS).ceil();
    let mut partitions = vec![Partition::new(count.recip(), false)];
    while (partitions.len() as f64) < count {
        partitions.push(Partition::new(count.recip(), false));
    }
    partitions[0].is_of_busy_user = has_busy_user;
    partitions
}

/// Halves the partitions that have been throttled for long.
pub(crate) fn split(partitions: &mut Vec<Partition>) {
    for number in 0..partitions.len() {
        let partition = &mut partitions[number];
        if partition.throttled_seconds >= SPLIT_SECONDS {
            let half = partition.share / 2.0;
            *partition = Partition::new(half, partition.is_of_busy_user);
            partitions.push(Partition::new(half, false));
        }
    }
}

/// The throughput of a table that is paid on demand.
#[derive(Debug)]
pub(crate) struct OnDemand {
    units: f64,
    quota: f64,
    peak: f64,
}

impl OnDemand {
    pub(crate) fn new(units: f64, quota: f64) -> Self {
        Self { units, quota, peak: 0.0 }
    }

    /// Writes for a second. Returns the part of the units that is written; the rest is throttled.
    pub(crate) fn write(&mut self, second: u32, units: f64) -> f64 {
        let written = units.min(self.units).min(self.quota);
        self.peak = self.peak.max(written);
        if second.is_multiple_of(DOUBLING_SECONDS) {
            self.units = self.units.max(2.0 * self.peak);
        }
        part(written, units)
    }
}

fn part(written: f64, units: f64) -> f64 {
    if units > 0.0 { written / units } else { 1.0 }
}

/// Returns how many events arrive in a second of which `mean` do on average (a Poisson distribution, as a normal one).
pub(crate) fn arrivals(mean: f64, random: &mut impl Rng) -> f64 {
    let deviation = (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
    (mean + deviation * mean.sqrt()).max(0.0)
}
