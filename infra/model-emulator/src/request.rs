//! A request to the emulator, and what has become of it.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::{Semaphore, watch};

/// The state of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// The answer is being written.
    Open,
    /// The answer has its last word, or the request was refused.
    Ended,
    /// The client closed the connection before the answer had its last word.
    Closed,
}

/// A request to the emulator. Clones are the same request.
#[derive(Debug, Clone)]
pub struct Request {
    body: Arc<Value>,
    key: Option<String>,
    state: watch::Sender<RequestState>,
    /// A permit for each word that the test has granted.
    steps: Arc<Semaphore>,
}

impl Request {
    pub(crate) fn new(body: Value, key: Option<String>) -> Self {
        let state = watch::Sender::new(RequestState::Open);
        Self { body: Arc::new(body), key, state, steps: Arc::new(Semaphore::new(0)) }
    }

    /// Returns the key of `Authorization: Bearer`.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Returns the name of the model.
    pub fn model(&self) -> &str {
        self.body["model"].as_str().unwrap_or_default()
    }

    /// Returns the role and the text of each message.
    pub fn messages(&self) -> Vec<(&str, &str)> {
        let messages = self.body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        messages.iter().map(|message| (text(message, "role"), text(message, "content"))).collect()
    }

    /// Returns the state.
    pub fn state(&self) -> RequestState {
        *self.state.borrow()
    }

    /// Lets an answer with [`Pace::Stepped`](crate::Pace::Stepped) continue by this number of words.
    pub fn step(&self, words: usize) {
        self.steps.add_permits(words);
    }

    /// Waits until the answer has ended or the client has closed the connection, and returns which.
    pub async fn end(&self) -> RequestState {
        let mut state = self.state.subscribe();
        // The sender lives as long as this handle.
        state.wait_for(|state| *state != RequestState::Open).await.map_or(RequestState::Ended, |state| *state)
    }

    /// Returns the last message of the user.
    pub(crate) fn prompt(&self) -> &str {
        self.messages().iter().rev().find(|(role, _)| *role == "user").map_or("", |(_, text)| text)
    }

    /// Waits for the next granted step.
    pub(crate) async fn granted(&self) {
        if let Ok(permit) = self.steps.acquire().await {
            permit.forget();
        }
    }

    /// Ends the request, unless it has ended.
    pub(crate) fn finish(&self, end: RequestState) {
        self.state.send_if_modified(|state| {
            let is_open = *state == RequestState::Open;
            if is_open {
                *state = end;
            }
            is_open
        });
    }
}

fn text<'a>(message: &'a Value, name: &str) -> &'a str {
    message[name].as_str().unwrap_or_default()
}
