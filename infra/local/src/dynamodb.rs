//! DynamoDB: dynoxide embedded in this process, or another endpoint, and the table of the template in it.

mod client;
mod engine;
mod error;
pub(crate) mod relay;
mod table;

pub use client::client;
pub(crate) use client::sdk_config;
pub use engine::{Engine, Storage};
pub(crate) use engine::{keep_removing_expired_rows, remove_expired_rows, start};
pub use error::EngineError;
pub use table::ensure_table;
