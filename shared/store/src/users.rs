//! The users: stored from Clerk, read by their sessions and by each other, and compared with Clerk.

pub(crate) mod access;
pub(crate) mod comparison;
pub(crate) mod listing;
pub(crate) mod liveness;
pub(crate) mod row;
pub(crate) mod sync;
pub(crate) mod unknown;
pub(crate) mod version;
