//! The API and its functions from outside: real binaries, real HTTP, a real table.
//!
//! One binary, so that it links once and most tests share one running stack. Every test has users of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod caller;
mod configuration;
mod delete_account;
mod dynamodb_trouble;
mod exchanges;
mod idempotency;
mod isolation;
mod lifecycle;
mod limits;
mod lists;
mod malformed;
mod messages;
mod metrics;
mod privacy;
mod problems;
mod purge;
mod reconcile;
mod roles;
mod routes;
mod settings;
mod status;
mod threads;
mod tokens;
mod users;
mod webhooks;
