#![doc = include_str!("../README.md")]

mod address;
mod client;
mod error;
mod export;
#[cfg(feature = "live")]
mod live;
mod messages;
mod pages;
mod repeat;
mod replies;
mod reply;
mod retry_policy;
mod search;
mod send;
mod settings;
mod threads;
mod token;
mod token_source;
mod users;

pub use client::Client;
pub use error::{Error, TokenError, Unreadable};
pub use export::{ExportError, ExportProgress, Incomplete};
#[cfg(feature = "live")]
pub use live::{LiveError, LiveEvent};
pub use replies::{ReplyEvent, ReplyStream};
pub use retry_policy::RetryPolicy;
pub use settings::{InvalidVersion, Settings, SettingsVersion};
pub use token_source::{TokenRequest, TokenSource};
/// The types of requests and responses.
pub use usher_contract as contract;
