//! Tests that `template.yaml`, `Cargo.toml`, the README and the sources agree.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod documents;
mod functions;
mod readme;
mod router;
