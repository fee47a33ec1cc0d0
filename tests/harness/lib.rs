//! What the end-to-end tests are written with: the built functions, a running stack, and the shapes that go in and out.
//!
//! Nothing here stands in for a part of Usher. The functions are the processes that go to Lambda; a test speaks HTTP to
//! them and looks at the table with Amazon's SDK.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod answer;
mod api;
mod binaries;
mod clock;
mod event;
mod key;
mod logs;
mod property;
mod recorder;
mod rights;
mod row;
mod secrets;
mod store;
mod svix;
mod token;
mod usher;

pub use answer::Answer;
pub use api::Api;
pub use binaries::binaries;
pub use clock::{eventually, now_ms, now_seconds, within};
pub use event::{new_user_id, user_object};
pub use key::{Hash, Key};
pub use logs::Logs;
pub use property::assert_for_all;
pub use recorder::Recorder;
pub use rights::{Grant, Right, grants};
pub use row::{Row, attributes, number, text, user_row};
pub use store::{FaultProxy, LinkState};
pub use svix::{Headers, new_message_id, new_secret, signed};
pub use token::Token;
pub use usher::{Usher, options};
