//! What the end-to-end tests are written with: the built functions, a running stack, and the shapes that go in and out.
//!
//! Nothing here stands in for a part of Usher. The functions are the processes that go to Lambda; a test speaks HTTP to
//! them and looks at the table with Amazon's SDK.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod answer;
mod api;
mod binaries;
mod clock;
mod engine;
mod fault_proxy;
mod grants;
mod key;
mod logs;
mod property;
mod right;
mod row;
mod secrets;
mod svix;
mod table;
mod token;
mod user;
mod usher;

pub use answer::Answer;
pub use api::Api;
pub use binaries::binaries;
pub use clock::{eventually, now_ms, now_seconds, within};
pub use engine::{ENDPOINT, engine, is_embedded};
pub use fault_proxy::{FaultProxy, LinkState};
pub use grants::{Grant, grants};
pub use key::{Hash, Key};
pub use logs::Logs;
pub use property::assert_for_all;
pub use right::Right;
pub use row::{
    Row, attributes, conversation_rows, integer, message_row, message_rows, number, partition_key, row, string, text,
    thread_row, user_row,
};
pub use svix::{Headers, new_message_id, new_secret, signed};
pub use table::Table;
pub use token::Token;
pub use user::{new_user_id, user_object};
pub use usher::{Usher, options};
