//! Measures the time and the memory to erase accounts of 1,000, 10,000 and 100,000 rows. The time should be
//! proportional to the rows, and the memory should be constant.
//!
//! Run it with `cargo bench --workspace --bench purge`. The engine runs in a process of its own, so its memory does not
//! count.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on has failed"
)]

use std::time::{Duration, Instant};

use harness::{Table, conversation_rows, partition_key};
use usher_contract::ClerkUserId;
use usher_store::{Owner, PassOutcome, Store, Turn};

const LEASE: Duration = Duration::from_secs(30);
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

fn main() {
    harness::measure_apart(measure());
}

async fn measure() {
    let table = Table::shared().await;
    let store = Store::new(table.client.clone(), &table.name);
    println!(
        "{:>8} {:>10} {:>10} {:>8} {:>10} {:>10}",
        "rows", "hidden in", "erased in", "rows/s", "µs/row", "peak RSS"
    );
    let mut first = None;
    for size in SIZES {
        let user = ClerkUserId::parse(&harness::new_user_id()).unwrap();
        table.seed(conversation_rows(&user, size / 100, size - size / 100)).await;

        let start = Instant::now();
        store.delete_user(&user).await.unwrap();
        let hidden = start.elapsed().as_secs_f64() * 1e3;
        let start = Instant::now();
        let deadline = start + Duration::from_secs(100_000);
        let turn = Turn { pages: usize::MAX, deadline, settle: Duration::ZERO, lease: LEASE, wakes: false };
        let pass = store.purge(&Owner::User(user.clone()), &turn).await.unwrap();
        assert_eq!(pass.outcome, PassOutcome::Closed);
        let erased = start.elapsed().as_secs_f64();
        assert_eq!(table.partition(&partition_key(&user)).await.len(), 1);

        #[expect(clippy::cast_precision_loss, reason = "a figure to print")]
        let rows = (size - 99) as f64;
        let each = erased / rows;
        let ratio = each / *first.get_or_insert(each);
        let memory = peak_memory().unwrap_or_else(|| "unknown".to_owned());
        println!(
            "{size:>8} {hidden:>7.1} ms {erased:>8.2} s {:>8.0} {:>5.1} ×{ratio:.2} {memory:>10}",
            rows / erased,
            each * 1e6
        );
    }
}

/// The peak memory of this process, or `None` if the system does not report it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
