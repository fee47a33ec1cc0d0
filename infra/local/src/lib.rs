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
mod options;
mod parameters;
mod stack;
#[cfg(test)]
#[path = "../../lambda-emulator/src/testing.rs"]
mod testing;
mod text_log;
pub mod tools;
pub mod tour;

pub use build::{BuildError, build_functions};
pub use lambda_emulator::{InvokeError, LogSink, Schedules, template};
pub use options::{Options, binaries_directory, find_template};
pub use parameters::Parameters;
pub use stack::{Stack, StartError};

/// Dummy credentials: letters and digits only, as DynamoDB Local demands.
const ACCESS_KEY_ID: &str = "local";
const SECRET_ACCESS_KEY: &str = "local";
