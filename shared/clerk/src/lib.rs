//! Clerk's own shapes: the user object and the webhook events.
//!
//! Clerk adds fields and event types over time and promises only `id` and `object` of a user, so nothing here asks for
//! more than it needs, and the text Clerk sent is kept as it came.

mod event;
mod object;
mod user;

pub use event::{Change, Event, EventError};
pub use user::{Card, User, UserError};
