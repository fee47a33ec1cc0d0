//! The runtime of every function: Init, requests, responses, authentication, logs and metrics.
//!
//! A function's `main` passes a handler to [`serve_api`], [`serve_list`], [`serve_search`], [`serve_stream`],
//! [`serve()`] or [`serve_events`]. Init runs first: `config` reads the environment variables, `secrets` reads secrets
//! from variables or from Systems Manager, and the result is a [`Backend`] or a [`WebhookBackend`]. A mistake in the
//! configuration is an [`InitError`], which stops the function before its first request.
//!
//! For each request the server parses API Gateway's event, calls the handler, and returns its [`Response`]. A handler
//! authenticates the caller, parses the request, calls the store once, and returns. The server adds an entity tag to
//! every `GET`, and answers 304 if the caller has the response already. The traits [`RequestExt`], [`JsonRequest`] and
//! [`ConditionalRequest`] parse requests, and `usher-contract` says which fields a body has. Every error becomes a
//! [`Problem`] (RFC 9457) where it meets HTTP. A problem keeps its cause. Only the server writes the cause to the log
//! and counts it, when it answers.
//!
//! [`ClerkUsers`] sends requests to Clerk's Backend API. [`Backend::sync_from_clerk`] uses it to store a caller whose
//! webhook has not arrived yet.
//!
//! This crate must not know the routes: each function declares its own, and `template.yaml` lists them. It must not
//! decide what is stored and how, because that belongs to `usher-store`, nor which tokens are genuine, because that
//! belongs to `usher-auth`.
//!
//! Begin with `serve.rs` and `backend.rs`. Then read `http/problem.rs`, `http/body.rs` and `http/fields.rs`.

mod backend;
mod clerk_users;
mod config;
mod http;
mod live;
mod lookups;
mod observe;
mod replies;
mod secrets;
mod serve;
mod stream;
mod streamed;
mod webhook;

pub use backend::Backend;
pub use clerk_users::ClerkUsers;
pub use config::{InitError, http_client, open_store, required_clerk_users, variable};
pub use http::{
    body::JsonRequest, etag::ConditionalRequest, problem::Problem, request::RequestExt, response::Response,
    reverification::Reverification, websocket::WebSocketRequest,
};
pub use lambda_http::Request;
pub use live::{HandshakeBackend, serve_disconnects, serve_handshakes, serve_messages};
pub use observe::metrics;
pub use replies::ReplyBackend;
pub use serve::{Result, serve, serve_api, serve_events, serve_list, serve_search};
pub use stream::{BatchResponse, StreamRecord};
pub use streamed::{response::StreamedResponse, serve_stream};
pub use webhook::WebhookBackend;

/// The error that `main` returns if Init failed or Lambda's Runtime API cannot be reached.
pub use lambda_runtime::Error;
