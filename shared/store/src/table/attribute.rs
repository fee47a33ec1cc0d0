//! The names of attributes and indexes. Items and expressions both take them from here.
//!
//! `template.yaml` declares the keys, the indexes and the stream filter with the same names. A renamed attribute is
//! missing in every row that was written before.

/// The partition key: the user that a row belongs to.
pub(crate) const PK: &str = "pk";
/// The sort key: the kind of a row, and its id.
pub(crate) const SK: &str = "sk";
/// When DynamoDB's time to live removes the row, in seconds since the Unix epoch.
pub(crate) const EXPIRES_AT: &str = "expires_at";

// A user.

/// The user object as Clerk sent it.
pub(crate) const CLERK_USER: &str = "clerk_user";
/// When Clerk last changed the user. Of a thread: when its title or messages last changed.
pub(crate) const UPDATED_AT: &str = "updated_at";
/// When the event happened that brought the user object.
pub(crate) const EVENT_AT: &str = "event_at";
/// The id of the message that brought the user object.
pub(crate) const SVIX_ID: &str = "svix_id";
/// When the user object was stored.
pub(crate) const SYNCED_AT: &str = "synced_at";
/// Present if Clerk has banned the user.
pub(crate) const BANNED: &str = "banned";
/// Present if Clerk does not know the user: when that was first found.
pub(crate) const UNKNOWN_SINCE: &str = "unknown_since";
/// The key of [`ROW_KIND_INDEX`]. Tombstones do not have it.
pub(crate) const ROW_KIND: &str = "row_kind";

// A tombstone.

/// When the owner was deleted. A row with this attribute is a tombstone.
pub(crate) const DELETED_AT: &str = "deleted_at";
/// When the purge was last woken. The stream's filter asks for this attribute.
pub(crate) const WOKEN_AT: &str = "woken_at";
/// The key of [`PURGE_PENDING_INDEX`]. Present until the deletion is closed.
pub(crate) const PURGE_PENDING: &str = "purge_pending";
/// The number of rows that are counted.
pub(crate) const ERASED: &str = "erased";
/// The sort key of the last row that is counted.
pub(crate) const COUNTED_TO: &str = "counted_to";
/// The pass that has the lease. Of a reply: the writer.
pub(crate) const LEASED_BY: &str = "leased_by";
/// When the lease expires.
pub(crate) const LEASED_UNTIL: &str = "leased_until";
/// When the deletion was closed.
pub(crate) const PURGED_AT: &str = "purged_at";

// A thread, its messages, the settings, and the answer to an idempotent request.

pub(crate) const TITLE: &str = "title";
pub(crate) const CREATED_AT: &str = "created_at";
pub(crate) const ROLE: &str = "role";
pub(crate) const CONTENT: &str = "content";
pub(crate) const PARTS: &str = "parts";
pub(crate) const MODEL: &str = "model";
/// Present in a message that a model writes or has written: its status.
pub(crate) const REPLY_STATUS: &str = "reply_status";
/// The number of the place that a reply has while it is written.
pub(crate) const REPLY_PLACE: &str = "reply_place";
pub(crate) const SETTINGS: &str = "settings";
/// The number of changes to the settings, or to a checkpoint.
pub(crate) const VERSION: &str = "version";
/// The hash of the request.
pub(crate) const BODY_HASH: &str = "body_hash";
/// The ids that the request created.
pub(crate) const ANSWER: &str = "answer";

// A live connection, and an ended session.

/// The id of a connection at API Gateway. The key of [`CONNECTION_ID_INDEX`].
pub(crate) const CONNECTION_ID: &str = "connection_id";
/// The Clerk session of a connection.
pub(crate) const SESSION_ID: &str = "session_id";
/// When the client of a connection said its first hello.
pub(crate) const CONNECTED_AT: &str = "connected_at";
/// When the webhook of a session's end arrived.
pub(crate) const ENDED_AT: &str = "ended_at";

// A checkpoint.

pub(crate) const STATE: &str = "state";

/// The users, by shard.
pub(crate) const ROW_KIND_INDEX: &str = "row_kind-index";
/// The deletions that are not closed, by shard and age.
pub(crate) const PURGE_PENDING_INDEX: &str = "purge_pending-index";
/// The connections, by their ids.
pub(crate) const CONNECTION_ID_INDEX: &str = "connection_id-index";
