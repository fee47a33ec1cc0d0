//! Measures how long small deletions wait when a huge one began before them.
//!
//! `cargo bench --workspace --bench fairness` takes an account of 100,000 rows and 100 accounts of 200 rows.
//! `cargo bench --workspace --bench fairness -- 1000000 1000` takes an account of a million rows and 1,000 small ones.
//! The engine runs in a process of its own, so that its memory does not count.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on has failed"
)]

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use harness::{Table, conversation_rows};
use usher_contract::ClerkUserId;
use usher_store::{Error, Owner, Pass, PassOutcome, PurgeRun, Store};

const SMALL_ROWS: usize = 200;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let (rows, accounts) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(100));
    harness::measure_apart(measure(rows, accounts));
}

async fn measure(rows: usize, accounts: usize) {
    let table = Table::shared().await;
    let store = Store::new(table.client.clone(), &table.name);

    let small = small_accounts(&table, accounts).await;
    delete(&store, &small).await;
    let alone = purge(&store, &small, None).await;
    println!("{accounts} accounts of {SMALL_ROWS} rows alone: erased in {:.2} s", alone.small.as_secs_f64());

    let small = small_accounts(&table, accounts).await;
    let big = new_user();
    table.seed(conversation_rows(&big, rows / 100, rows - rows / 100)).await;
    delete(&store, std::slice::from_ref(&big)).await;
    delete(&store, &small).await;
    let together = purge(&store, &small, Some(&big)).await;
    println!(
        "after an account of {rows} rows: erased in {:.2} s (×{:.2}), when {} rows of it were gone; all in {:.2} s; peak RSS {}",
        together.small.as_secs_f64(),
        together.small.as_secs_f64() / alone.small.as_secs_f64(),
        together.big_erased,
        together.all.as_secs_f64(),
        peak_memory().unwrap_or_else(|| "unknown".to_owned()),
    );
}

/// The times from the beginning of the run until deletions were closed.
struct Times {
    /// Until the last small account was closed.
    small: Duration,
    /// Until all accounts were closed.
    all: Duration,
    /// The number of rows of the large account that were erased at that time.
    big_erased: u64,
}

/// Runs the purge as its schedule does, until all deletions are closed.
async fn purge(store: &Store, small: &[ClerkUserId], big: Option<&ClerkUserId>) -> Times {
    let waiting: RefCell<HashSet<&ClerkUserId>> = RefCell::new(small.iter().collect());
    let (big_erased, times) = (Cell::new(0), RefCell::new((None, 0)));
    let start = Instant::now();
    let report = |owner: &Owner, pass: &Result<Pass, Error>| {
        let pass = pass.as_ref().unwrap();
        if Some(owner.user()) == big {
            big_erased.set(pass.erased);
        }
        if pass.outcome == PassOutcome::Closed
            && waiting.borrow_mut().remove(owner.user())
            && waiting.borrow().is_empty()
        {
            times.replace((Some(start.elapsed()), big_erased.get()));
        }
    };
    let deadline = start + Duration::from_secs(100_000);
    let run = PurgeRun { store, settle: Duration::ZERO, deadline, report: &report };
    run.purge_all(store.list_pending_deletions(None).await.unwrap()).await.unwrap();
    let (small, big_erased) = times.into_inner();
    Times { small: small.expect("all are closed"), all: start.elapsed(), big_erased }
}

async fn small_accounts(table: &Table, accounts: usize) -> Vec<ClerkUserId> {
    let users: Vec<_> = (0..accounts).map(|_| new_user()).collect();
    table.seed(users.iter().flat_map(|user| conversation_rows(user, 2, SMALL_ROWS - 2))).await;
    users
}

/// Hides accounts. The purge erases the rows that the deletion itself does not erase.
async fn delete(store: &Store, users: &[ClerkUserId]) {
    stream::iter(users).for_each_concurrent(8, async |user| store.delete_user(user).await.unwrap()).await;
}

fn new_user() -> ClerkUserId {
    ClerkUserId::parse(&harness::new_user_id()).unwrap()
}

/// The peak memory of this process, or `None` if the system does not report it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
