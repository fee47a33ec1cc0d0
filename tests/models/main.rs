//! Models of the rules of the store and of live updates, checked in every reachable state.
//!
//! A model says what may happen next in any order that DynamoDB, Svix and Lambda allow. The checker visits all states
//! up to the bounds. Each rule of the code has a mutant, a model without that rule, and the checker must find how the
//! mutant breaks a promise. The table of the mutants is in `tests/README.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![allow(clippy::use_debug, reason = "only steps of a model are printed")]

mod cascade;
mod check;
mod live;
mod replay;
mod replies;
mod sync;
