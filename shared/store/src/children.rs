//! What belongs to a user: threads, their messages, and the settings.

pub(crate) mod child;
pub(crate) mod idempotency;
pub(crate) mod idempotency_key;
pub(crate) mod message;
pub(crate) mod messages;
pub(crate) mod settings;
pub(crate) mod threads;
