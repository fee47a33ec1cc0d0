//! The DynamoDB table: the users, what belongs to them, and its deletion.
//!
//! A user's rows share a partition whose key is built from the verified subject of a token, so a caller can name only
//! what is its own, and one query finds all of it. Knows no HTTP.

mod children;
mod deletion;
mod error;
mod id;
mod strict;
mod table;
mod users;

pub use children::{
    idempotency::IdempotentRequest,
    idempotency_key::{IdempotencyKey, InvalidIdempotencyKey},
    message::{
        Content, InvalidMessage, MAX_CONTENT_BYTES, MAX_MODEL_CHARS, MAX_PARTS_BYTES, Message, MessageParts, Model,
        NewMessage, Role,
    },
    settings::{IfMatch, InvalidMergePatch, MAX_SETTINGS_BYTES, MergePatch, UserSettings},
    threads::{InvalidTitle, MAX_TITLE_CHARS, Thread, Title},
};
pub use deletion::{
    pending::{PendingCursor, PendingPage},
    purge::{Pass, PassOutcome, Turn},
    rounds::PurgeRun,
};
pub use error::{Error, ErrorDetail};
pub use id::{InvalidId, MessageId, ThreadId};
pub use strict::{Object, StrictValue};
pub use table::{
    Store,
    page::{InvalidLimit, Page, PageLimit},
    row::{DeletionRule, Owner, RowKind},
};
pub use users::{
    Account, MAX_USER_BYTES, StaleReason, SyncOutcome, UserRow,
    checkpoint::Checkpoint,
    reconcile::{Comparison, LocalState, MAX_COMPARED_USERS, UserIds, list_order},
    unknown::SyncState,
    version::Source,
};
pub use usher_clerk::{ClerkUserId, Timestamp};
