//! Tests that `template.yaml`, `Cargo.toml`, the documents, the workflow and the sources agree.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod cargo;
mod client;
mod documents;
mod functions;
mod router;
mod tables;
mod workspace;
