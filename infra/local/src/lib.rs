//! The whole of Usher on one machine: no Docker, no account, no network.
//!
//! The functions run as the processes they are on Lambda. Around them stand an emulator of the Lambda Runtime API, of API
//! Gateway's HTTP API, of event source mappings and schedules, all read from `template.yaml`; DynamoDB (dynoxide, embedded);
//! and the Clerk emulator, [`clerk_emulator`]. `cargo dev` starts them, and so do the end-to-end tests, through [`Stack`].

mod background;
mod build;
pub mod cli;
pub mod dynamodb;
mod environment;
mod gateway;
mod lambda;
mod log;
mod options;
mod parameters;
mod runtime_api;
mod sandbox;
mod schedule;
mod stack;
mod streams;
pub mod template;
#[cfg(test)]
mod testing;
pub mod tools;
pub mod tour;

pub use build::{BuildError, build_functions};
pub use gateway::RouteError;
pub use lambda::InvokeError;
pub use log::LogSink;
pub use options::{Options, Schedules, binaries_directory, find_template};
pub use parameters::Parameters;
pub use stack::{Stack, StartError};
pub use streams::FilterError;

/// The region of everything local. Engines put it into ARNs and, some of them, into the name of the database.
pub const REGION: &str = "us-east-1";
/// Dummy credentials: letters and digits only, as DynamoDB Local demands.
const ACCESS_KEY_ID: &str = "local";
const SECRET_ACCESS_KEY: &str = "local";
