//! An emulator of AWS Lambda for one machine: it runs the functions of a SAM template as processes.
//!
//! Every function is a process that speaks the Lambda Runtime API, as on AWS. The events come from API Gateway's HTTP API,
//! from the stream of a DynamoDB table, from schedules, and from [`Emulator::invoke`]. Routes, variables, time-outs, filters
//! and rates are read from the template, [`template::Template`].

mod emulator;
mod http_api;
mod lambda;
mod log;
mod options;
mod schedules;
mod streams;
pub mod template;
#[cfg(test)]
mod testing;

pub use emulator::{Emulator, StartError};
pub use http_api::RouteError;
pub use lambda::InvokeError;
pub use log::{LineFormat, LogSink};
pub use options::{Options, Schedules};
pub use streams::{FilterError, StreamError, StreamStart};

/// The region of everything here: in ARNs, events and the functions' environment.
pub const REGION: &str = "us-east-1";
