//! `POST /webhooks/clerk`: the response to each delivery, and its effect on the table.

mod base64;
mod deletion;
mod ignored;
mod instance;
mod order;
mod secrets;
mod signature;
mod sync;
mod unreadable;
mod user_objects;

use harness::{Row, attributes, now_ms, number, text};

/// Asserts that a row is a new tombstone without personal data.
#[track_caller]
fn assert_tombstone(row: &Row) {
    let mut left = attributes(row);
    // The attribute exists until the purge starts.
    left.remove("woken_at");
    assert_eq!(left, ["deleted_at", "erased", "pk", "purge_pending", "sk"].into());
    assert_eq!((text(row, "sk"), number(row, "erased")), ("USER", 0));
    let age = now_ms() - number(row, "deleted_at");
    assert!((0..600_000).contains(&age), "deleted {age} ms ago");
}

/// Removes the times from a row.
fn without_times(mut row: Row) -> Row {
    for time in ["deleted_at", "woken_at", "synced_at"] {
        row.remove(time);
    }
    row
}
