//! The contract of the API: what travels over HTTP, and over the WebSocket of live updates ([`live`]).
//!
//! Here are the bodies of requests and responses, the codes of problems, the limits, and the names of headers. The
//! functions and the clients use these types, and the OpenAPI description is made from their schemas. So the API, its
//! description and its clients cannot differ. Paths and methods are in `template.yaml`, the only list of routes.
//!
//! Requests are strict: [`FromFields`] checks each field by itself and collects the errors, so a response names every
//! wrong field. A text with a limit has a type of its own, such as [`Title`], which only holds valid texts. Responses
//! are lenient: a client of today must read a response of tomorrow, so a title in a [`Thread`] is any string, unknown
//! fields are ignored, and a problem may have an unknown code ([`ProblemDetails::code`]).
//!
//! A schema comes from the type itself by `schemars`, as JSON Schema 2020-12, the dialect of OpenAPI 3.1. The schemas
//! are not in the binary of a function, because nothing there refers to them.
//!
//! This crate uses no other crate of the workspace. It must not know HTTP libraries, the store, or how a token is
//! verified.
//!
//! Begin with `thread.rs`, which has a request, a response and a limited text. Then read `fields.rs` and
//! `problem_code.rs`.

mod exchange;
mod export;
mod field_error;
mod fields;
pub mod header;
mod id;
mod idempotency_key;
mod identity;
pub mod json_error;
pub mod limits;
pub mod live;
mod message;
mod outcome;
mod page;
mod problem;
mod problem_code;
mod reply;
mod search;
mod session_id;
mod snippet;
mod strict;
mod thread;
mod timestamp;
mod user;
mod user_id;
mod visible;

pub use exchange::{CreateExchange, Exchange, ExchangeMessage};
pub use export::{
    EXPORT_FORMAT, EXPORT_VERSION, ExportCounts, ExportEnd, ExportHeader, ExportLine, ExportedPart, NDJSON,
};
pub use field_error::{FieldError, FieldErrors};
pub use fields::{Fields, FromFields, InvalidField, from_body};
pub use id::{InvalidId, MessageId, ThreadId};
pub use idempotency_key::{IdempotencyKey, InvalidIdempotencyKey};
pub use identity::{Identity, Organization, Profile};
pub use message::{Content, CreateMessage, InvalidMessage, Message, MessageParts, Model, Role};
pub use outcome::{DeleteOutcome, WebhookOutcome};
pub use page::{InvalidLimit, Page, PageLimit};
pub use problem::{PROBLEM_JSON, ProblemDetails};
pub use problem_code::ProblemCode;
pub use reply::{CreateReply, EVENT_STREAM, LAST_EVENT, MessageStatus, ReplyChunk, ReplyMetadata};
pub use search::{FoundMessage, InvalidSearch, SearchHit, SearchKind, SearchPage, SearchQuery, SearchText, Searched};
pub use session_id::{ClerkSessionId, InvalidSessionId};
pub use snippet::{Snippet, TextRange};
pub use strict::{StrictObject, StrictValue};
pub use thread::{CreateThread, InvalidTitle, Thread, Title, UpdateThread};
pub use timestamp::Timestamp;
pub use user::{ClerkUser, EmailAddress, LoginStatus, UserCard};
pub use user_id::{ClerkUserId, InvalidUserId};
