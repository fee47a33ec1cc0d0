//! An emulator of AWS Lambda for tests and local development. It reads a SAM template and runs its functions as
//! processes.
//!
//! A [`template::Template`] has the functions with their variables, time-outs and events. [`Emulator::start`] serves
//! the Lambda Runtime API for them. A function is an ordinary binary that is built with any Lambda runtime library; the
//! emulator starts it, gives it events and takes its results over that protocol, exactly as Lambda does. A process is
//! reused for later invocations, and killed if an invocation takes longer than the function's time-out.
//!
//! Events come from six sources. [`Emulator::serve_http_api`] is API Gateway's HTTP API with the template's routes and
//! CORS rules, its REST API with streamed responses, and its WebSocket API, if the template has them. [`Emulator::start_streams`] reads the stream of the template's DynamoDB table, from any DynamoDB that
//! the caller has, and applies the filters and retries of the event source mappings. [`Emulator::start_schedules`] runs
//! the schedules. [`Emulator::invoke`] sends an event from a test.
//!
//! The modules follow that picture. `template` reads the file. `lambda` has a pool of processes for each function, and
//! the Runtime API. `http_api`, `rest_api`, `websocket_api`, `streams` and `schedules` are the event sources: each knows `lambda`,
//! and no event source knows another one. `routing` finds the route of a request for two of them. `emulator` puts them together.
//!
//! The output of the functions goes to a [`LogSink`]. Nothing here knows how the functions work inside, and no request
//! leaves the machine. The Runtime API and the HTTP API refuse requests for foreign hosts ([`usher_loopback`]).

mod access_log;
mod account;
mod clf_time;
mod emulator;
mod error_chain;
mod http_api;
mod lambda;
mod log;
mod open_socket;
mod options;
mod percent_decode;
mod request_body;
mod rest_api;
mod routing;
mod schedules;
mod streams;
pub mod template;
#[cfg(test)]
mod testing;
mod trace_id;
mod websocket_api;

pub use account::REGION;
pub use emulator::{Emulator, StartError};
pub use error_chain::{error_causes, error_chain};
pub use lambda::invoke_error::InvokeError;
pub use log::{LineFormat, LogSink};
pub use open_socket::OpenSocket;
pub use options::{Options, Schedules};
pub use routing::route::RouteError;
pub use streams::{StreamError, StreamStart, filter::FilterError};
pub use websocket_api::connections::WebSocketEvent;

// The example of the README is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
