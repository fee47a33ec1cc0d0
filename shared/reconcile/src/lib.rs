//! Reconciles the stored users with Clerk's, because webhooks can be lost.
//!
//! A run compares in both directions. The import (`reconciler/import.rs`) lists Clerk's users, oldest first, and stores
//! each user that is missing or older here. Then the search (`reconciler/search.rs`) lists the stored users and finds
//! those that Clerk does not know. A user counts as unknown only if all of this is true: Clerk's list does not have the
//! user, a request for this one user returns 404, and the last sync was more than an hour before the run began.
//!
//! The import deletes nothing, and never overwrites a tombstone or a newer version. Only the third stage
//! (`reconciler/delete.rs`) deletes users. `deletion_policy.rs` decides whether it runs: a manual request must set
//! `delete_unknown`; in the daily run, the deployment must allow deletions, and it deletes only users that an earlier
//! daily run has marked as unknown at least 20 hours before. If more users are to be deleted than one run may delete,
//! the run deletes none. A dry run writes nothing but its own checkpoint.
//!
//! A run consists of [steps](Reconciler::step), one page each, and may be interrupted at any point. A step counts its
//! page and saves the state of the run (`run_state.rs`) before it imports or deletes anything. So a repeated step
//! counts nothing twice, and changing a row twice has no effect. The next invocation with a request of the same kind
//! continues the run. If two invocations work on one run, the second one to save the state stops. If this version
//! cannot read the state, a new run begins.
//!
//! Clerk pages its list by offset, so a deletion moves all later users forward and could hide some of them. Pages
//! therefore overlap by one user (`list_cursor.rs`). If a page does not begin with a user that was read before, the
//! import steps back. A page of one user has no room for the overlap. Such a page is only requested after larger pages
//! could not be read. If an earlier user is deleted at that moment, one user may be missed until the next run.
//!
//! This crate uses `usher-clerk`, `usher-contract` and `usher-store`, and does not know Lambda. The caller counts
//! metrics, and decides when to stop and which secret key a step uses. Begin with `run_state.rs`, then read
//! `reconciler.rs`.

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
