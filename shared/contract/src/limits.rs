//! The limits of requests. At a limit a request is accepted, beyond it the response is a 400, 413 or 422.

/// The maximum size of a request body, in bytes, except on the webhook's route.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// The maximum size of a webhook's body, in bytes. No route accepts a larger one. It has room for the largest user that
/// can be stored.
pub const MAX_WEBHOOK_BYTES: usize = 512 * 1024;

/// The maximum length of a session token, in bytes. A longer token is rejected before it is decoded.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The maximum depth of nested arrays and objects in a body. It is the limit of serde_json.
pub const MAX_JSON_LEVELS: usize = 127;

/// The maximum length of a thread's title, in characters (Unicode scalar values).
pub const MAX_TITLE_CHARS: usize = 200;

/// The maximum length of a message's content, in bytes of UTF-8.
pub const MAX_CONTENT_BYTES: usize = 100 * 1024;

/// The maximum length of a model's name, in characters (Unicode scalar values).
pub const MAX_MODEL_CHARS: usize = 100;

/// The maximum size of a message's parts, in bytes of JSON. With the longest content, an item stays below DynamoDB's
/// 400 KB.
pub const MAX_PARTS_BYTES: usize = 256 * 1024;

/// The maximum length of a reply, in bytes of UTF-8. It is that of a content, because a reply is a message.
pub const MAX_REPLY_BYTES: usize = MAX_CONTENT_BYTES;

/// The maximum number of replies that are written for a user at the same time.
pub const MAX_REPLIES: u8 = 4;

/// The maximum length of a title that a model makes, in characters (Unicode scalar values).
pub const MAX_GENERATED_TITLE_CHARS: usize = 60;

/// The maximum size of the settings, in bytes of JSON.
pub const MAX_SETTINGS_BYTES: usize = 16 * 1024;

/// The maximum number of entries on a page of a list.
pub const MAX_PAGE_LIMIT: u8 = 100;

/// The number of entries on a page if a request has no `limit`.
pub const DEFAULT_PAGE_LIMIT: u8 = 50;

/// The maximum length of what a search looks for, in characters (Unicode scalar values).
pub const MAX_SEARCH_CHARS: usize = 200;

/// The maximum number of different words that a search looks for.
pub const MAX_SEARCH_WORDS: usize = 10;

/// The maximum length of the part of a text that a search returns, in characters (Unicode scalar values).
pub const MAX_SNIPPET_CHARS: usize = 200;

/// The maximum length of an `Idempotency-Key`, in characters.
pub const MAX_IDEMPOTENCY_KEY_CHARS: usize = 64;

/// The maximum number of errors that a problem lists. A body of 256 KB can have more than 40,000 wrong fields.
pub const MAX_FIELD_ERRORS: usize = 100;

/// The maximum size of a message from a client of live updates, in bytes.
pub const MAX_LIVE_MESSAGE_BYTES: usize = 8 * 1024;

/// The maximum size of the message that names what has changed, in bytes.
pub const MAX_CHANGED_BYTES: usize = 1024;

/// The maximum number of live connections of a user. A further connection closes the oldest.
pub const MAX_CONNECTIONS: usize = 50;
