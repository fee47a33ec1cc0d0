//! The purge: the end of a deletion, and the events that wake the function.

mod wake_ups;

use harness::{Row, Usher, attributes, eventually, now_ms, number, text};
use local::Schedules;

/// The settle time of the stacks of [`start_with_short_settle_time`].
pub(crate) const SETTLE_SECONDS: i64 = 1;

/// Starts a stack with a short settle time, in which scheduled runs happen only on request.
pub(crate) async fn start_with_short_settle_time() -> Usher {
    Usher::with_options(|options| {
        options.environment.insert("PURGE_SETTLE_SECONDS".to_owned(), Some(SETTLE_SECONDS.to_string()));
        options.schedules = Schedules::Off;
    })
    .await
}

/// Runs the schedule until the deletion is closed. `tombstone` reads its row.
pub(crate) async fn wait_until_closed(usher: &Usher, tombstone: impl AsyncFn() -> Row) -> Row {
    eventually("the deletion is closed", async || {
        usher.run_schedule("purge-deletions").await;
        Some(tombstone().await).filter(|row| !row.contains_key("purge_pending"))
    })
    .await
}

/// Asserts that a tombstone has only the times of the deletion and of the purge, and the number of erased rows.
#[track_caller]
pub(crate) fn assert_receipt(tombstone: &Row, erased: usize) {
    let expected = ["deleted_at", "erased", "expires_at", "pk", "purged_at", "sk"];
    assert_eq!(attributes(tombstone), expected.into());
    let [deleted_at, purged_at] = ["deleted_at", "purged_at"].map(|name| number(tombstone, name));
    assert!(
        purged_at >= deleted_at + SETTLE_SECONDS * 1000,
        "the deletion was closed before the settle time: {tombstone:?}"
    );
    assert!(purged_at <= now_ms(), "{tombstone:?}");
    assert_eq!(number(tombstone, "erased"), i64::try_from(erased).unwrap());
    let days = if text(tombstone, "sk") == "USER" { 90 } else { 1 };
    assert_eq!(number(tombstone, "expires_at"), purged_at / 1000 + days * 24 * 60 * 60);
}
