//! What every function starts from: Init, requests in, JSON and problem+json out, the current user, logs, [`serve()`].
//!
//! A function's `main` names its route, what it loads in Init, and its handler:
//! authenticate, parse, one call to the store, answer.

mod backend;
mod clerk_users;
mod config;
mod http;
mod lookups;
mod observe;
mod secrets;
mod serve;
mod webhook;

pub use backend::Backend;
pub use clerk_users::ClerkUsers;
pub use config::{InitError, open_store, required_clerk_users, variable};
pub use http::{
    body::JsonRequest,
    etag::ConditionalRequest,
    event::MAX_WEBHOOK_BYTES,
    problem::{FieldError, Problem},
    request::{MAX_BODY_BYTES, RequestExt},
    response::Response,
    reverification::Reverification,
};
pub use lambda_http::Request;
pub use observe::metrics;
pub use serve::{Result, serve, serve_api, serve_events};
pub use webhook::WebhookBackend;

/// What `main` answers: an error that Init could not get over.
pub use lambda_runtime::Error;
