//! All of Usher on one machine, without Docker, an account or a network.
//!
//! A [`Stack`] starts four things on loopback and tells each the others' URLs: DynamoDB ([`dynamodb`]), the Clerk
//! emulator ([`clerk_emulator`]), a Parameter Store ([`Parameters`]), and the functions with their event sources
//! ([`lambda_emulator`]). It reads `template.yaml`, so the routes, variables, filters and schedules are those that
//! deploy.
//!
//! `cargo dev` is a binary around a stack. `cli` reads its command line into [`Options`] and `clerk_variables` the
//! environment; `build` builds the functions before the start; [`tour`] prints what to paste into a shell; [`web_page`]
//! prints what a web page sets; [`tools`] prints and writes what `cargo lambda watch` and `sam local start-api` need if
//! one of them serves the API; `text_log` is the log format for people; `console` serves what the page of the Clerk
//! emulator shows of the table and the sockets. [`listen`] is a command of its own, for a stack that runs already. The
//! end-to-end tests start a stack in the same process, on free ports and with rows in memory.
//!
//! The start is in `stack::components`, in this order: all listeners, then DynamoDB and its table, then Clerk, then the
//! functions with the variables that `environment` puts together, then the stream and the schedules. Every port accepts
//! programs of this machine, and only the API and Clerk's Frontend API accept web pages ([`usher_loopback`]). dynoxide cannot refuse web pages
//! itself, so it listens at a random loopback address behind a relay.
//!
//! A stack runs on its own threads (`background`), so tests with different tokio runtimes can share it. Dropping it
//! ends the functions' processes and all listeners.

mod background;
mod build;
mod clerk_variables;
pub mod cli;
mod console;
mod credentials;
mod description;
mod directory_lock;
pub mod dynamodb;
mod environment;
pub mod listen;
mod options;
mod parameters;
mod paths;
mod stack;
mod text_log;
pub mod tools;
pub mod tour;
pub mod web_page;

pub use build::BuildError;
pub use lambda_emulator::{Emulator, InvokeError, LogSink, Schedules, template};
pub use options::Options;
pub use parameters::Parameters;
pub use paths::{binaries_directory, find_template};
pub use stack::{Stack, error::StackError};
pub use text_log::TextWriter;
