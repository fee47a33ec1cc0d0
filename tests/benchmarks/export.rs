//! Measures the time and the memory to export accounts of 10,000, 100,000 and 1,000,000 rows: reading their pages, and
//! writing and hashing their lines. The time should be proportional to the rows, and the memory should be constant.
//!
//! Run it with `cargo bench --workspace --bench export`. The engine runs in a process of its own, so its memory does not
//! count.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on has failed"
)]

use std::time::Instant;

use harness::{Table, conversation_rows};
use sha2::{Digest, Sha256};
use usher_contract::{ClerkUserId, ExportLine};
use usher_store::{Source, Store};

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
/// The rows that are stored at once, so that the seed does not use the memory that is measured.
const SEEDED_AT_ONCE: usize = 10_000;

fn main() {
    harness::measure_apart(measure());
}

async fn measure() {
    let table = Table::shared().await;
    let store = Store::new(table.client.clone(), &table.name);
    println!("{:>9} {:>9} {:>9} {:>9} {:>10}", "rows", "exported", "rows/s", "size", "peak RSS");
    for size in SIZES {
        let id = harness::new_user_id();
        let object = harness::user_object(&id, 1);
        store.sync_user(&usher_clerk::User::parse(&object).unwrap(), Source::BackendApi).await.unwrap();
        let user = ClerkUserId::parse(&id).unwrap();
        for _ in 0..size / SEEDED_AT_ONCE {
            table.seed(conversation_rows(&user, SEEDED_AT_ONCE / 100, SEEDED_AT_ONCE - SEEDED_AT_ONCE / 100)).await;
        }

        let start = Instant::now();
        let (mut after, mut rows, mut bytes, mut hash) = (None, 0, 0, Sha256::new());
        loop {
            let page = store.export_page(&user, after).await.unwrap();
            let mut lines = Vec::new();
            for part in &page.threads {
                let thread = part.thread.iter().map(ExportLine::Thread);
                for line in thread.chain(part.messages.iter().map(ExportLine::Message)) {
                    serde_json::to_writer(&mut lines, &line).unwrap();
                    lines.push(b'\n');
                    rows += 1;
                }
            }
            hash.update(&lines);
            bytes += lines.len();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let took = start.elapsed().as_secs_f64();
        assert_eq!(rows, size);
        let memory = peak_memory().unwrap_or_else(|| "unknown".to_owned());
        #[expect(clippy::cast_precision_loss, reason = "figures to print")]
        let (each, size_mb) = (rows as f64 / took, bytes as f64 / 1e6);
        println!("{size:>9} {took:>7.1} s {each:>9.0} {size_mb:>6.1} MB {memory:>10}");
    }
}

/// The peak memory of this process, or `None` if the system does not report it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
