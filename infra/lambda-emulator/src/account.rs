//! The account and region in which everything is.

/// The region in ARNs, events and the functions' environment.
pub const REGION: &str = "us-east-1";

/// The account id in ARNs and events.
pub(crate) const ACCOUNT_ID: &str = "000000000000";
