//! A language model on this machine, for tests and for `cargo dev`: OpenAI's chat completions with `stream: true`.
//!
//! It is no model. It repeats what the user wrote, word by word, at a chosen pace ([`Pace`]). A [`Script`] gives another
//! answer, or makes the emulator stall, break off, refuse or send rubbish. A script belongs to a marker, and applies to
//! the requests whose last message of the user contains the marker. So tests that share an emulator do not disturb each
//! other.
//!
//! A [`Model`] is a handle on the emulator. A test waits for a request ([`Model::request`]), lets the answer continue
//! ([`Request::step`]), and waits until the client has closed the connection ([`Request::end`]). With
//! [`Pace::Stepped`] no time passes in an answer.
//!
//! | route | |
//! | --- | --- |
//! | `POST /v1/chat/completions` | OpenAI's; every key and every name of a model is accepted |
//! | `PUT`, `DELETE /control/scripts/{marker}` | sets and removes a script |
//! | `GET /control/requests/{marker}` | the requests with the marker, and their states |
//! | `POST /control/requests/{marker}/step` | `{"words": n}` lets the last request continue |
//!
//! Begin with `model.rs`, then read `answer.rs`.

mod answer;
mod chat;
mod control_api;
mod model;
mod request;
mod script;

pub use model::Model;
pub use request::{Request, RequestState};
pub use script::{End, Pace, Script};

/// The name of the emulator in the log.
pub const SERVICE: &str = "model";
