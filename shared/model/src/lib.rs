//! A client of language models: any endpoint that speaks OpenAI's chat completions with `stream: true`, for example
//! OpenAI, the compatible endpoint of Amazon Bedrock, vLLM or Ollama.
//!
//! A [`ModelClient`] sends the messages of a conversation ([`ChatMessage`]), and a [`ModelStream`] returns the answer
//! piece by piece. Dropping the stream closes the connection, and the model then stops to write. Every size and the time
//! are bounded, because the endpoint may be anyone's ([`ModelError`] says which bound was reached).
//!
//! Of the project's crates, this one must only know `usher-http`. It knows neither threads nor users, and it stores
//! nothing. It writes no log: its errors hold no text of a message and no key, so that a caller can log them.
//!
//! Begin with `client.rs`, then read `stream.rs` and `error.rs`.

mod access;
mod chunk;
mod client;
mod error;
mod events;
mod request;
mod settings;
mod stream;

pub use access::{InvalidModelKey, InvalidModelUrl, ModelKey, ModelUrl};
pub use client::ModelClient;
pub use error::ModelError;
pub use request::{ChatMessage, ChatRole};
pub use settings::ModelSettings;
pub use stream::ModelStream;
