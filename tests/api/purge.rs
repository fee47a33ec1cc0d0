//! The purge: how a deletion ends, and what wakes it.

mod wake_ups;

use harness::{Row, Usher, attributes, eventually, now_ms, number, text};
use local::Schedules;

/// How long a deletion settles in the stacks of [`purging`].
pub(crate) const SETTLE_SECONDS: i64 = 1;

/// A stack of the test's own, in which a deletion settles soon, and the schedule comes only when a test says so.
pub(crate) async fn purging() -> Usher {
    Usher::with_options(|options| {
        options.environment.insert("PURGE_SETTLE_SECONDS".to_owned(), Some(SETTLE_SECONDS.to_string()));
        options.schedules = Schedules::Off;
    })
    .await
}

/// Runs the schedule until the deletion whose tombstone `tombstone` finds is closed.
pub(crate) async fn closed(usher: &Usher, tombstone: impl AsyncFn() -> Row) -> Row {
    eventually("the deletion is closed", async || {
        usher.run_schedule("purge-deletions").await;
        Some(tombstone().await).filter(|row| !row.contains_key("purge_pending"))
    })
    .await
}

/// A tombstone tells when its owner was hidden, when the last row was erased, and how many there were: no more.
#[track_caller]
pub(crate) fn assert_receipt(tombstone: &Row, erased: usize) {
    let expected = ["deleted_at", "erased", "expires_at", "pk", "purged_at", "sk"];
    assert_eq!(attributes(tombstone), expected.into());
    let [deleted_at, purged_at] = ["deleted_at", "purged_at"].map(|name| number(tombstone, name));
    assert!(purged_at >= deleted_at + SETTLE_SECONDS * 1000, "it was closed before it had settled: {tombstone:?}");
    assert!(purged_at <= now_ms(), "{tombstone:?}");
    assert_eq!(number(tombstone, "erased"), i64::try_from(erased).unwrap());
    let days = if text(tombstone, "sk") == "USER" { 90 } else { 1 };
    assert_eq!(number(tombstone, "expires_at"), purged_at / 1000 + days * 24 * 60 * 60);
}
