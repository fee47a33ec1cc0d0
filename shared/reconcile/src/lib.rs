//! Reconciles the stored users with Clerk's, because webhooks can be lost.
//!
//! A run compares in both directions. First it lists Clerk's users, oldest first, and imports each user that is missing
//! or older here; `reconciler/import.rs` does this. Then it lists the stored users and searches for those that Clerk does
//! not know; `reconciler/search.rs` does this. A user counts as unknown only if the user was last synced more than an hour
//! before the run, is not in Clerk's list, and a request for this one user says the same.
//!
//! Importing never deletes anything and never overwrites a tombstone or a newer version. Only the third stage,
//! `reconciler/delete.rs`, deletes users, and it runs only if [`deletion_policy::DeletionPolicy`] says so: a manual request names
//! `delete_unknown`, or the daily run may delete and an earlier daily run has marked the user. If more users are unknown
//! than one run may delete, the run deletes none of them. A dry run writes nothing but its own checkpoint.
//!
//! A run consists of [steps](Reconciler::step), one page each, and can be interrupted at any point. Each step counts its
//! page, saves the [state of the run](run_state::RunState), and only then acts on the page. So a repeated step counts
//! nothing twice, and acting twice changes nothing. The next invocation with a request of the same kind continues the
//! run. If two invocations work on the same run, the one that saves second stops. A checkpoint that this version cannot
//! read begins a new run.
//!
//! Clerk pages its list by offset, so a deletion shifts all later users forward and could hide some of them.
//! [Pages](list_cursor::ListCursor) therefore overlap by one user, and the reader steps back if a page does not begin with
//! a known user. A page with one user has no room for the overlap. It is only requested after a larger page could not be
//! read, and if an earlier user is deleted at that moment, a user may be missed until the next run.
//!
//! This crate does not know Lambda: it counts no metrics, and the caller decides when to stop and which secret key a step
//! uses. Read `run_state.rs` and `reconciler.rs` first.

mod checkpoint_store;
mod deletion_cursor;
mod deletion_policy;
mod error;
mod fingerprint;
mod list_cursor;
mod reconciler;
mod report;
mod request;
mod run_state;
mod unknown_user;
mod watermark;

pub use error::ReconcileError;
pub use reconciler::Reconciler;
pub use report::{Report, RunOutcome};
pub use request::ReconcileRequest;
pub use run_state::Counts;
