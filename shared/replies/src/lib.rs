//! Replies: asks a model, stores what it writes, and shows it while it grows.
//!
//! [`begin`] writes a reply that a request has begun. The writing is a task of its own, so it neither ends nor waits if
//! the client leaves or reads slowly. [`follow`] shows a reply that another request writes. Both return [`Events`], the
//! body of the response.
//!
//! The row of the reply is the only memory. Its writer stores the text as it grows, and looks twice a second whether it
//! may go on. If it may not, because the reply was stopped or its thread or its user is gone, it drops the model's
//! stream, which closes the connection to the model. If the writer dies, the reply is interrupted when its lease ends,
//! and a repeat of the request goes on with the text that was stored.
//!
//! This crate knows no HTTP, no tokens and no Lambda. It must not decide who may write a reply, because that belongs to
//! `usher-store`, nor speak to a model's endpoint, because that belongs to `usher-model`.
//!
//! Begin with `reply.rs`, then read `writing.rs` and `events.rs`.

mod events;
mod following;
mod output;
mod prompt;
mod reply;
mod title;
mod writing;

pub use events::{Event, Events, PROTOCOL_HEADER, PROTOCOL_VERSION};
pub use reply::{ReplyId, begin, follow};
