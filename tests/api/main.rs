//! Tests of the API from outside: the built functions, HTTP and a table.
//!
//! All tests are in one binary, so that it is linked once and most tests share one running stack. Every test creates
//! its own users.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod caller;
mod client;
mod configuration;
mod delete_account;
mod dynamodb_outage;
mod etags;
mod exchanges;
mod export;
mod idempotency;
mod isolation;
mod lifecycle;
mod limits;
mod linked_clients;
mod lists;
mod live;
mod malformed;
mod messages;
mod metrics;
mod privacy;
mod problems;
mod purge;
mod queries;
mod reconcile;
mod replies;
mod roles;
mod routes;
mod search;
mod settings;
mod threads;
mod tokens;
mod users;
mod webhooks;
