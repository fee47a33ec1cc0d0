//! What belongs to a user, from outside: threads, messages, settings, and erasing all of it.
//!
//! Real binaries, real HTTP, a real table. Most tests share one running stack; every test has users of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod auth;
mod caller;
mod cursors;
mod exchanges;
mod idempotency;
mod isolation;
mod large_account;
mod large_thread;
mod limits;
mod lists;
mod malformed;
mod messages;
mod readers;
mod routes;
mod seed;
mod settings;
mod story;
mod template;
mod threads;
mod wake_ups;
