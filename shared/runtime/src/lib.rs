//! What every function starts from: Init, requests in, JSON and problem+json out, the current user, logs, [`serve()`].
//!
//! A function's `main` names its route, what it loads in Init, and its handler:
//! authenticate, parse, one call to the store, answer.

mod backend;
mod body;
mod clerk_users;
mod config;
mod etag;
mod event;
mod log;
mod lookups;
pub mod metrics;
mod parameter;
mod problem;
mod request;
mod response;
mod reverification;
mod secret;
mod serve;
mod webhook;

pub use backend::{Backend, Caller};
pub use body::JsonRequest;
pub use clerk_users::ClerkUsers;
pub use config::{InitError, open_store, required_clerk_users, variable};
pub use etag::ConditionalRequest;
pub use event::MAX_WEBHOOK_BYTES;
pub use lambda_http::Request;
pub use problem::{FieldError, Problem};
pub use request::{MAX_BODY_BYTES, RequestExt};
pub use response::Response;
pub use reverification::Reverification;
pub use serve::{Result, serve, serve_api, serve_events};
pub use webhook::WebhookBackend;

/// What `main` answers: an error that Init could not get over.
pub use lambda_runtime::Error;
