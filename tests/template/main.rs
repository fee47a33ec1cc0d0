//! `template.yaml`, `Cargo.toml`, the README and the sources: what each says of the others holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod functions;
mod readme;
mod router;
