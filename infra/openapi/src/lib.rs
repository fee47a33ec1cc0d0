//! The OpenAPI description of the API.
//!
//! [`describe()`] makes it from three sources. Paths, methods and path parameters come from `template.yaml`, the only
//! list of routes. Schemas come from the types of `usher-contract`, which the functions use themselves. The table in
//! `rows` says for each route what it takes, answers and refuses. Examples are real answers, which a test records.
//!
//! The result is committed as `infra/openapi.json`. [`compatibility`] finds what in a newer description breaks clients
//! of an older one. No function depends on this crate.

pub mod compatibility;
mod describe;
mod operation;
mod parameters;
mod problems;
mod route;
mod rows;
mod schemas;
mod summaries;

pub use describe::{DescribeError, VERSION, describe, to_text};
pub use schemas::TwoSchemas;
pub use summaries::{SummaryError, read_summaries};
