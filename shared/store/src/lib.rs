//! The DynamoDB table: the users, what belongs to them, and its deletion.
//!
//! A user's rows share a partition whose key is built from the verified subject of a token, so a caller can name only
//! what is its own, and one query finds all of it. Knows no HTTP.

mod deletion;
mod error;
mod id;
mod item;
mod retry;
mod row;
mod table;
mod transaction;
mod users;

pub use error::{Error, Fault};
pub use id::{ClerkUserId, InvalidId};
pub use row::{DeletionRule, RowKind};
pub use table::Store;
pub use users::{MAX_USER_BYTES, StaleReason, SyncOutcome, UserRow};
