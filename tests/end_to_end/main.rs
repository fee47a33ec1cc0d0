//! Usher from outside: real binaries, real HTTP, a real table.
//!
//! One binary, so that it links once and most tests share one running stack. Every test has users of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod clerk_backend;
mod configuration;
mod deleted;
mod dev;
mod first_request;
mod foreign_key;
mod keys;
mod leaving;
mod local_tools;
mod metrics;
mod own_instance;
mod privacy;
mod problem;
mod raw_events;
mod reconcile;
mod roles;
mod secrets;
mod store_trouble;
mod story;
mod token;
mod users;
mod webhook;
