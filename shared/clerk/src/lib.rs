//! Clerk's own shapes: the user object, the webhook events, the Backend API.
//!
//! Clerk adds fields and event types over time and promises only `id` and `object` of a user, so nothing here asks for
//! more than it needs, and the text Clerk sent is kept as it came.

mod access;
mod backend_api;
mod backend_error;
mod event;
mod object;
mod user;
mod user_id;

pub use access::{ApiUrl, ApiUrlError, SecretKey, SecretKeyError};
pub use backend_api::{BackendApi, Entry, FetchedUser, FetchedUsers, MAX_LISTED_USERS, RetryPolicy};
pub use backend_error::BackendError;
pub use event::{Change, Event, EventError};
pub use user::{Card, User, UserError};
pub use user_id::{ClerkUserId, InvalidUserId};
