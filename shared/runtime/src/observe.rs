//! Logs and metrics for the operator.

pub(crate) mod log;
pub mod metrics;
