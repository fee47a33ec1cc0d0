//! Tests of the store on a real DynamoDB engine: the embedded dynoxide, or the endpoint in `USHER_DYNAMODB_ENDPOINT`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

// Helpers.
mod builders;
mod fault_injection;
mod fixture;
mod normalized;
mod operations;
mod passes;

// Tests.
mod capacity;
mod checkpoint;
mod connections;
mod contention;
mod crash_recovery;
mod cursors;
mod deletion;
mod export;
mod faults;
mod fetched;
mod growth;
mod idempotency;
mod isolation;
mod leases;
mod orphans;
mod pending_deletions;
mod public_methods;
mod purge;
mod races;
mod replies;
mod reply_leases;
mod row_kinds;
mod search;
mod settings;
mod size;
mod sync;
mod threads;
mod ties;
mod tombstones;
mod turns;
mod unknown;
