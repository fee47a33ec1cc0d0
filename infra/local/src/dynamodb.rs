//! DynamoDB: dynoxide embedded in this process, or another endpoint, and the table of the template in it.

mod client;
mod engine;
mod error;
pub(crate) mod relay;
mod table;

pub use client::client;
pub(crate) use client::sdk_config;
pub(crate) use engine::start;
pub use engine::{Engine, Storage};
pub use error::EngineError;
pub use table::ensure_table;
