//! Configuration: environment variables, which Init reads once.

mod backend_api;
pub(crate) mod environment;
mod http_client;
mod model;
mod session_tokens;
mod store;
mod webhooks;

pub use backend_api::required_clerk_users;
pub use environment::{InitError, variable};
pub use http_client::http_client;
pub use store::open_store;

pub(crate) use backend_api::backend_api;
pub(crate) use environment::list;
pub(crate) use model::ConfiguredModel;
pub(crate) use session_tokens::{instance_keys, session_verifier};
pub(crate) use webhooks::{instance_id, webhook_verifier};
