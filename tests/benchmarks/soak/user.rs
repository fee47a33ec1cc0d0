//! What a user remembers of the answers.

use rand::{RngExt as _, rngs::StdRng};
use serde_json::Value;
use uuid::Uuid;

/// A user, with everything that the API has acknowledged.
#[derive(Default)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) threads: Vec<Thread>,
    pub(crate) deleted_threads: Vec<String>,
    /// The value of the only setting, 0 if there is none.
    pub(crate) setting: i64,
}

pub(crate) struct Thread {
    pub(crate) id: String,
    /// `None` if the model may have given it another.
    pub(crate) title: Option<String>,
    pub(crate) messages: Vec<Message>,
}

pub(crate) struct Message {
    /// `None` for the message of a user whose reply was acknowledged: the answer does not name it.
    pub(crate) id: Option<String>,
    /// `None` for a reply that was not read to its end.
    pub(crate) content: Option<String>,
}

impl Message {
    /// A message of an answer.
    pub(crate) fn acknowledged(message: &Value, content: String) -> Self {
        Self { id: message["id"].as_str().map(str::to_owned), content: Some(content) }
    }
}

/// A text with a word that no other text has, by which it is found and counted.
pub(crate) fn new_content(random: &mut StdRng) -> String {
    let words: Vec<_> = (0..random.random_range(3..40)).map(|number| format!("word{number}")).collect();
    format!("{} {}", Uuid::now_v7().simple(), words.join(" "))
}
