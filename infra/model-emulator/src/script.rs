//! What the emulator answers, how fast, and how the answer ends.

use std::time::Duration;

use serde::Deserialize;

/// The pace of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// All words at once.
    Immediate,
    /// A pause before each word, in milliseconds.
    Milliseconds(u64),
    /// A word for each step that the test grants.
    Stepped,
}

/// The end of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The answer ends as OpenAI's do.
    #[default]
    Finish,
    /// The connection is cut after the last word.
    BreakOff,
    /// Nothing comes after the last word, and the connection stays open.
    Stall,
    /// An event that is not JSON comes after the last word.
    Rubbish,
    /// An error object comes after the last word.
    Error,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Script {
    /// The text. `None` repeats what the user wrote.
    #[serde(default)]
    pub text: Option<String>,
    /// The pace. `None` is the emulator's own.
    #[serde(default)]
    pub pace: Option<Pace>,
    /// The end.
    #[serde(default)]
    pub end: End,
    /// The status of the response. Any other than 200 has no answer.
    #[serde(default = "ok")]
    pub status: u16,
    /// The value of `Retry-After`, in seconds.
    #[serde(default)]
    pub retry_after: Option<u64>,
}

impl Default for Script {
    fn default() -> Self {
        Self { text: None, pace: None, end: End::Finish, status: ok(), retry_after: None }
    }
}

impl Script {
    /// Returns a script with this text, which continues only when the test grants a step.
    pub fn stepped(text: &str) -> Self {
        Self { text: Some(text.to_owned()), pace: Some(Pace::Stepped), ..Self::default() }
    }

    /// Returns a script with this text, all at once.
    pub fn immediate(text: &str) -> Self {
        Self { text: Some(text.to_owned()), pace: Some(Pace::Immediate), ..Self::default() }
    }

    /// Returns a script that refuses with this status.
    pub fn refusal(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

impl Pace {
    pub(crate) fn pause(self) -> Option<Duration> {
        match self {
            Self::Milliseconds(pause) if pause > 0 => Some(Duration::from_millis(pause)),
            Self::Milliseconds(_) | Self::Immediate | Self::Stepped => None,
        }
    }
}

fn ok() -> u16 {
    200
}
