//! The rows that belong to a user: threads, their messages, and the settings. And their export.

pub(crate) mod conversation;
pub(crate) mod export;
pub(crate) mod idempotency;
pub(crate) mod insert;
pub(crate) mod message;
pub(crate) mod messages;
pub(crate) mod replies;
mod reply_lease;
mod reply_pace;
mod reply_place;
pub(crate) mod reply_writer;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod thread;
pub(crate) mod threads;
