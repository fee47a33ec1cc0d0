//! The routes of the template, for both gateways.

mod path;
pub(crate) mod route;
