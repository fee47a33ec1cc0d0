//! The life of a deletion, from the request to the last row.
//!
//! **Hidden.** One transaction puts a tombstone in the place of the owner (a user or a thread) and erases up to 99 of
//! its rows. From then on no reader finds any of them, and every write that checks its owner fails. The tombstone has
//! `deleted_at`, `erased` (rows counted so far), `purge_pending` (the key of the index of deletions that are not
//! closed) and `woken_at`. The record of `woken_at` in the table's stream starts the purge. A repeated request writes
//! `woken_at` again if no wake-up waits, and nothing else.
//!
//! **Under way.** A pass of the purge reads a page of rows, counts it on the tombstone, and then erases it. The count
//! writes `erased` and `counted_to` (the last sort key that is counted), takes the lease (`leased_by`, `leased_until`)
//! and removes `woken_at`. If a pass dies after the count, its page is counted but not erased. The next pass erases
//! that page and does not count it again. A pass that has used up its turn gives the lease back and removes `woken_at`.
//! If the stream started it, or if the time was up, it writes `woken_at` instead, which starts the next pass.
//!
//! **Settling.** DynamoDB applies a committed transaction to its rows one by one. So a row of a transaction that
//! checked its owner just before the tombstone was put may become visible just after it. A query that finds nothing
//! therefore closes the deletion only if it began a minute after `deleted_at` (`PURGE_SETTLE_SECONDS`). A pass that
//! finds nothing earlier leaves the deletion to the schedule, which reads the index every five minutes. If rows were
//! counted, the pass also removes `counted_to`, the lease and `woken_at`.
//!
//! **Closed.** The last pass writes `purged_at` and `expires_at`, and removes `purge_pending`, `woken_at`, `counted_to`
//! and the lease. The tombstone is now the receipt. A user's tombstone stays for 90 more days, because Svix repeats a
//! webhook for days and an operator may replay one weeks later, and a late `user.updated` must not bring the user back.
//! An event that is older than 90 days cannot create a user. A thread's tombstone stays for a day: its id is never used
//! again, so the tombstone only answers a caller who repeats the deletion. DynamoDB's time to live then removes the
//! row.
//!
//! | from | to | by |
//! | --- | --- | --- |
//! | live, or no row | hidden | [`Store::delete_user`]; live only: [`Store::delete_thread`] |
//! | hidden, under way | under way | [`Store::purge`], once for each page |
//! | hidden, under way | settling | [`Store::purge`], if nothing is left within the first minute |
//! | hidden, under way, settling | closed | [`Store::purge`], if nothing is left after the first minute |
//! | closed | gone | DynamoDB, at `expires_at` |
//!
//! [`Store::delete_user`]: crate::Store::delete_user
//! [`Store::delete_thread`]: crate::Store::delete_thread
//! [`Store::purge`]: crate::Store::purge

pub(crate) mod hide;
pub(crate) mod lease;
pub(crate) mod pending;
pub(crate) mod purge;
pub(crate) mod receipt;
pub(crate) mod rounds;
