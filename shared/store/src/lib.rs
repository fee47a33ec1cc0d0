//! The DynamoDB table: the users, what belongs to them, and its deletion.
//!
//! One table holds everything. The rows of a user share a partition, whose key is built from the verified subject of a
//! token. So a caller can only name its own rows, and one query finds all of them. [`RowKind`] lists the kinds of rows
//! and says what a deletion does to each. A [`Store`] is the table, and its methods are the operations of the backend:
//! each of them is at most a few requests to DynamoDB, and the errors tell the caller what to do ([`Error`]).
//!
//! `table` is the layer below: keys, attribute names, pages, conditional writes, transactions and retries. It knows no
//! rule about users. `users` stores versions of users from Clerk in any order of arrival (`users/version.rs` says which
//! is newer), and decides who may use the API (`users/liveness.rs`). `children` holds threads, messages and settings,
//! and searches them. Every read and write there passes `users/access.rs`: a read checks the user in parallel, and a
//! write is a transaction that checks the user (the fence). So when a user's tombstone is there, nothing can be added
//! any more. `live` holds the sockets of a user under the same fence.
//! `deletion` puts the tombstone, erases the rows behind it page by page, and leaves a receipt. `checkpoint` is for
//! long jobs.
//!
//! `children`, `live` and `deletion` may use `users` and `table`, `users` may use `table`, and `table` uses only ids and
//! errors. The crate uses `usher-clerk` for Clerk's user object, `usher-search` to find words, and `usher-contract` for
//! ids and for what it takes and returns. It knows no HTTP, no tokens and no Lambda, and does not call Clerk. Only
//! functions, `usher-reconcile` and `usher-runtime` use it.
//!
//! Begin with `table/row_kind.rs` (the rows), then `users/sync.rs` (one conditional write), `children/insert.rs` (one
//! fenced transaction), and the life of a deletion in `deletion.rs`. The round trips and the capacity of each operation
//! are pinned by a test.

mod checkpoint;
mod children;
mod connection_id;
mod deletion;
mod error;
mod error_code;
mod id;
mod live;
mod table;
mod users;

pub use checkpoint::Checkpoint;
pub use children::{
    conversation::PastMessage,
    export::{ExportPage, ExportPosition, ExportedThread},
    idempotency::IdempotentRequest,
    replies::BegunReply,
    reply_writer::ReplyWriter,
    search::Search,
    settings::{IfMatch, MergePatch, UserSettings},
};
pub use connection_id::{ConnectionId, InvalidConnectionId};
pub use deletion::{
    pending::{PendingCursor, PendingPage},
    purge::{Pass, PassOutcome, Turn},
    rounds::PurgeRun,
};
pub use error::{Error, ErrorDetail};
pub use live::connection::Connection;
pub use table::{
    Store,
    image::RowImage,
    page::{InvalidCursor, List},
    row::Owner,
    row_id::RowId,
    row_kind::{DeletionRule, RowKind},
};
pub use users::{
    comparison::{Comparison, LocalState, MAX_COMPARED_USERS},
    listing::{UserIds, list_order},
    row::{Account, UserRow},
    sync::{MAX_USER_BYTES, StaleReason, SyncOutcome, is_user_too_large},
    unknown::SyncState,
    version::Source,
};
