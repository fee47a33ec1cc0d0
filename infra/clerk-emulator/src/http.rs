//! What all routes have in common: the layer around them, their parameters, and their errors.

pub(crate) mod api_error;
pub(crate) mod error_entry;
pub(crate) mod injected_fault;
pub(crate) mod interceptor;
pub(crate) mod params;
pub(crate) mod query;
mod rate_limit;
pub(crate) mod refusals;
mod routes;
