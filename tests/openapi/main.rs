//! Tests of the OpenAPI description, `infra/openapi.json`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod clients;
mod description;
mod examples;
mod files;
mod recorder;
mod schemathesis;
mod validity;
