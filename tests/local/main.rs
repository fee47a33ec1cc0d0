//! Tests of `cargo dev` and of the tools beside it on a developer's machine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod clerk_backend;
mod console;
mod dev;
mod model;
mod other_tools;
mod web_page;
