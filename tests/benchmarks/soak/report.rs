//! What is counted, and the invariants that were broken.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{arguments::Wanted, world::World};

/// The number of details that are printed for each broken invariant.
const DETAILS: usize = 10;

/// Counts by group and name, and what was broken.
#[derive(Default)]
pub(crate) struct Report {
    counts: Mutex<BTreeMap<&'static str, BTreeMap<String, usize>>>,
    broken: Mutex<BTreeMap<&'static str, Vec<String>>>,
    requests: AtomicUsize,
}

impl Report {
    /// Counts one.
    pub(crate) fn count(&self, group: &'static str, name: impl Into<String>) {
        *self.counts.lock().unwrap().entry(group).or_default().entry(name.into()).or_default() += 1;
        if group == ANSWERS {
            self.requests.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The count of one name.
    pub(crate) fn number(&self, group: &'static str, name: &str) -> usize {
        self.counts.lock().unwrap().get(group).and_then(|names| names.get(name)).copied().unwrap_or_default()
    }

    /// Says that an invariant is broken.
    pub(crate) fn broken(&self, invariant: &'static str, detail: String) {
        let mut broken = self.broken.lock().unwrap();
        let details = broken.entry(invariant).or_default();
        if details.len() < DETAILS {
            println!("BROKEN: {invariant}: {detail}");
        }
        details.push(detail);
    }

    /// One line for the time between.
    pub(crate) fn progress(&self) -> String {
        let counts = self.counts.lock().unwrap();
        let sum = |group: &str| counts.get(group).map_or(0, |names| names.values().sum::<usize>());
        let broken: usize = self.broken.lock().unwrap().values().map(Vec::len).sum();
        format!(
            "{} requests, {} actions, {} kills, {} faults, {broken} broken",
            self.requests.load(Ordering::Relaxed),
            sum(ACTIONS),
            sum(KILLS),
            sum(STORE_FAULTS) + sum(OTHER_TROUBLE),
        )
    }

    /// Prints everything. Returns whether every invariant holds.
    pub(crate) fn print(&self, world: &World, Wanted { minutes, seed }: Wanted) -> bool {
        println!("\nsoak: {minutes} minutes, seed {seed}, {}", self.progress());
        for (group, names) in self.counts.lock().unwrap().iter() {
            println!("\n{group}: {}", names.values().sum::<usize>());
            for (name, count) in names {
                println!("{count:>8} {name}");
            }
        }
        world.memory.print();
        let broken = self.broken.lock().unwrap();
        for (invariant, details) in broken.iter() {
            println!("\nBROKEN: {invariant}: {} times", details.len());
            details.iter().take(DETAILS).for_each(|detail| println!("  {detail}"));
        }
        println!("\n{}", if broken.is_empty() { "every invariant holds" } else { "invariants are broken" });
        broken.is_empty()
    }
}

pub(crate) const ANSWERS: &str = "answers by status and problem";
pub(crate) const ACTIONS: &str = "actions of users";
pub(crate) const KILLS: &str = "processes killed";
pub(crate) const STORE_FAULTS: &str = "faults of the store";
pub(crate) const OTHER_TROUBLE: &str = "other trouble";
pub(crate) const CHECKS: &str = "checks";
pub(crate) const LOG: &str = "warnings and errors in the logs";
