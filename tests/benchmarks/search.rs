//! Measures the time and the cost to search accounts of 1,000, 10,000 and 100,000 messages: once through everything for
//! a word that does not occur, and once for a word that occurs in every message.
//!
//! Run it with `cargo bench --workspace --bench search`. The engine runs in a process of its own, so its processor time
//! does not count.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on has failed"
)]
#![expect(clippy::cast_precision_loss, reason = "figures to print")]

use std::time::{Duration, Instant};

use harness::{Row, Table, message_row, now_ms, thread_row, user_row};
use usher_contract::{ClerkUserId, PageLimit, ThreadId};
use usher_store::{Search, Store};
use uuid::Uuid;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const MESSAGES_OF_THREAD: usize = 20;

/// The contents of the messages, 500 bytes each, by turns.
const SENTENCES: [&str; 4] = [
    "The Analytical Engine weaves algebraic patterns just as the Jacquard loom weaves flowers and leaves. ",
    "Die Maschine könnte Töne und Harmonien verknüpfen, und daraus größere Musikstücke zusammensetzen. ",
    "Машина не претендует на то, чтобы создать что-то новое.  ",
    "We may say most aptly that it follows analysis; but it has no power of anticipating any truth itself. ",
];
const CONTENT_BYTES: usize = 500;

/// AWS's list prices for us-east-1 as we know them, in dollars: a unit of a read on demand, a second of an arm64
/// function of 1 GB, and a request of an HTTP API.
const READ_UNIT: f64 = 0.125e-6;
const FUNCTION_SECOND: f64 = 13.3334e-6;
const REQUEST: f64 = 1e-6;

/// The bytes of a unit of a consistent read.
const BYTES_OF_UNIT: f64 = 4096.0;

/// What a search took.
#[derive(Default)]
struct Measured {
    requests: u32,
    hits: usize,
    slowest: Duration,
    total: Duration,
    processor: Duration,
}

fn main() {
    harness::measure_apart(measure());
}

async fn measure() {
    let table = Table::shared().await;
    let store = Store::new(table.client.clone(), &table.name);
    println!(
        "{:>8} {:>9} {:>13} {:>8} {:>6} {:>9} {:>9} {:>11} {:>9}",
        "messages", "size", "looked for", "requests", "hits", "slowest", "total", "processor", "cost"
    );
    for size in SIZES {
        let user = ClerkUserId::parse(&harness::new_user_id()).unwrap();
        let bytes = seed(&table, &user, size).await;
        for words in ["needle", "engine машина", "e"] {
            let found = search(&store, &user, words).await;
            report(size, bytes, words, &found);
        }
    }
}

/// Writes a user with messages. Returns the size of the rows, in bytes as DynamoDB counts them.
async fn seed(table: &Table, user: &ClerkUserId, messages: usize) -> usize {
    table.seed([user_row(user.as_str(), now_ms(), now_ms())]).await;
    let mut bytes = 0;
    let contents = SENTENCES.map(|sentence| sentence.repeat(CONTENT_BYTES.div_ceil(sentence.len())));
    for first in (0..messages).step_by(MESSAGES_OF_THREAD) {
        let thread = ThreadId::from_uuid(Uuid::now_v7());
        let mut rows = vec![thread_row(user, thread)];
        rows.extend((first..first + MESSAGES_OF_THREAD).map(|number| {
            let content = &contents[number % contents.len()];
            message_row(user, thread, &content[..content.floor_char_boundary(CONTENT_BYTES)])
        }));
        bytes += rows.iter().map(size_of_row).sum::<usize>();
        table.seed(rows).await;
    }
    bytes
}

/// The size of a row, in bytes: its names and values (Amazon DynamoDB, "DynamoDB Item sizes and formats"). Two digits of
/// a number are a byte, and one more byte is for the number itself.
fn size_of_row(row: &Row) -> usize {
    row.iter()
        .map(|(name, value)| {
            let digits = || value.as_n().unwrap().len();
            name.len() + value.as_s().map_or_else(|_| digits().div_ceil(2) + 1, String::len)
        })
        .sum()
}

/// Reads the pages of a search until there is a hit or the end.
async fn search(store: &Store, user: &ClerkUserId, words: &str) -> Measured {
    let search = Search::new(words.to_owned().try_into().unwrap(), None).unwrap();
    let (mut found, mut after) = (Measured::default(), None);
    let processor = processor_time();
    loop {
        let start = Instant::now();
        let page = store.search(user, &search, PageLimit::default(), after.as_deref()).await.unwrap();
        found.slowest = found.slowest.max(start.elapsed());
        found.total += start.elapsed();
        found.requests += 1;
        found.hits += page.items.len();
        after = page.next_cursor;
        if after.is_none() || found.hits > 0 {
            found.processor = processor_time() - processor;
            return found;
        }
    }
}

/// Prints a line. Only a search without a hit has read all rows, so only its cost is known.
fn report(size: usize, bytes: usize, words: &str, found: &Measured) {
    let Measured { requests, hits, slowest, total, processor } = found;
    let cost = if *hits == 0 {
        let units = bytes as f64 / BYTES_OF_UNIT;
        let function = processor.as_secs_f64() * FUNCTION_SECOND;
        format!("${:.6}", units * READ_UNIT + function + f64::from(*requests) * REQUEST)
    } else {
        "-".to_owned()
    };
    println!(
        "{size:>8} {:>6.1} MB {words:>13} {requests:>8} {hits:>6} {:>6.0} ms {:>6.0} ms {:>8.0} ms {cost:>9}",
        bytes as f64 / 1e6,
        slowest.as_secs_f64() * 1e3,
        total.as_secs_f64() * 1e3,
        processor.as_secs_f64() * 1e3,
    );
}

/// The processor time of this process so far. Zero if the system does not report it.
fn processor_time() -> Duration {
    let Ok(stat) = std::fs::read_to_string("/proc/self/schedstat") else { return Duration::ZERO };
    Duration::from_nanos(stat.split_whitespace().next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}
