//! Clerk's data: the user object, webhook events, and a client of the Backend API.
//!
//! [`User`] reads the user object, which arrives in webhooks and in responses of the Backend API. [`Event`] reads the
//! body of a webhook delivery, which names the changed user or the ended session. [`BackendApi`] fetches, lists and
//! deletes users at Clerk, within the limits of a [`RetryPolicy`]. All of them name a user by a `ClerkUserId`, a session
//! by a `ClerkSessionId` and a time by a `Timestamp`, which are in `usher-contract`, because the description of the API
//! has them too.
//!
//! Clerk adds fields and event types over time, and its packages and specifications differ in what they require of a
//! user. So a parser here requires no field that it does not need. A user's text is kept byte for byte: numbers and
//! unknown fields are stored as Clerk sent them.
//!
//! Of the project's crates, this one must only know `usher-contract` and `usher-http`. It decides neither who may call
//! nor what is stored, and it does not verify signatures. It writes no log: its errors hold no data of a user and no
//! key, so that a caller can log them.
//!
//! Begin with `user.rs` and `event.rs`. Then read `backend_api.rs` together with `backend_error.rs`.

mod access;
mod backend_api;
mod backend_error;
mod event;
mod fetched;
mod raw_object;
mod retry_policy;
mod session;
mod user;

pub use access::{ApiUrl, ApiUrlError, SecretKey, SecretKeyError};
pub use backend_api::{BackendApi, MAX_JWKS_BYTES, MAX_LISTED_USERS};
pub use backend_error::BackendError;
pub use event::{Change, Event, EventError};
pub use fetched::{Entry, FetchedUser, FetchedUsers};
pub use retry_policy::RetryPolicy;
pub use session::SessionError;
pub use user::{User, UserError};
