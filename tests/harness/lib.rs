//! The library that all tests share: the built functions, a running stack, and builders of tokens, users and rows.
//!
//! Nothing here replaces a part of Usher. The functions run as the same binaries as on Lambda. A test sends HTTP
//! requests to them and reads the table with the AWS SDK.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod answer;
mod api;
mod binaries;
mod call_fault;
mod clock;
mod control;
mod description;
mod engine;
mod fault_proxy;
mod grants;
mod key;
mod live_socket;
mod logs;
mod property;
mod right;
mod row;
mod secrets;
mod svix;
mod table;
mod template;
mod token;
mod user;
mod usher;

pub use answer::Answer;
pub use api::Api;
pub use binaries::binaries;
pub use call_fault::CallFault;
pub use clock::{eventually, now_ms, now_seconds, within};
pub use control::ControlEvents;
pub use engine::{ENDPOINT, engine, is_embedded, measure_apart};
pub use fault_proxy::{FaultProxy, LinkState};
pub use grants::{Grant, grants};
pub use key::{Hash, Key};
pub use live_socket::{LiveSocket, Refused};
pub use logs::Logs;
pub use property::assert_for_all;
pub use right::Right;
pub use row::{
    Row, attributes, conversation_rows, integer, message_row, message_rows, number, partition_key, row, string, text,
    thread_row, user_row,
};
pub use secrets::find_secret;
pub use svix::{Headers, new_message_id, new_secret, signed};
pub use table::Table;
pub use template::template_without_stream;
pub use token::Token;
pub use user::{new_user_id, user_object};
pub use usher::{Usher, options};
