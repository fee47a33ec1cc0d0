//! The DynamoDB table: the users, what belongs to them, and its deletion.
//!
//! A user's rows share a partition whose key is built from the verified subject of a token, so a caller can name only
//! what is its own, and one query finds all of it. Knows no HTTP.

mod checkpoint;
mod child;
mod deletion;
mod error;
mod id;
mod idempotency;
mod item;
mod lease;
mod message;
mod messages;
mod page;
mod pending;
mod purge;
mod receipt;
mod reconcile;
mod retry;
mod rounds;
mod row;
mod settings;
mod shard;
mod strict;
mod table;
mod threads;
mod transaction;
mod unknown;
mod users;
mod version;

pub use checkpoint::Checkpoint;
pub use error::{Error, Fault};
pub use id::{ClerkUserId, InvalidId, MessageId, ThreadId};
pub use idempotency::{IdempotencyKey, IdempotentRequest, InvalidIdempotencyKey};
pub use message::{
    Content, InvalidMessage, MAX_CONTENT_BYTES, MAX_MODEL_CHARS, MAX_PARTS_BYTES, Message, Model, NewMessage, Parts,
    Role,
};
pub use page::{InvalidLimit, Page, PageLimit};
pub use pending::{PendingCursor, PendingPage};
pub use purge::{Pass, Purged, Turn};
pub use reconcile::{Comparison, MAX_COMPARED_USERS, Presence, UserIds, list_order};
pub use rounds::PurgeRun;
pub use row::{DeletionRule, Owner, RowKind};
pub use settings::{IfMatch, InvalidMergePatch, MAX_SETTINGS_BYTES, MergePatch, Settings};
pub use strict::{Object, StrictValue};
pub use table::Store;
pub use threads::{InvalidTitle, MAX_TITLE_CHARS, Thread, Title};
pub use unknown::Kept;
pub use users::{Account, MAX_USER_BYTES, StaleReason, SyncOutcome, UserRow};
pub use version::Source;
