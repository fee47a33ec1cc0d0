//! The chunks of an answer (OpenAI's API reference, "The chat completion chunk object").

use serde::Deserialize;

/// The data of the event after the last chunk.
pub(crate) const DONE: &str = "[DONE]";

/// A chunk of an answer. Only the first choice is read, because a request asks for one.
#[derive(Debug, Deserialize)]
pub(crate) struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    /// Present instead of choices if the model fails in the middle. Its text is not read, because it may quote the
    /// request.
    error: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Delta {
    content: Option<String>,
}

/// What a chunk means for the answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// More text, which may be empty.
    Text(String),
    /// The last text. The model has finished.
    Last(String),
    /// The model has failed.
    Failure,
}

impl Chunk {
    /// Parses the data of an event. Returns `None` if it is not a chunk.
    pub(crate) fn parse(data: &str) -> Option<Piece> {
        let chunk: Self = serde_json::from_str(data).ok()?;
        if chunk.error.is_some() {
            return Some(Piece::Failure);
        }
        // A chunk without a choice counts tokens.
        let Some(choice) = chunk.choices.into_iter().next() else { return Some(Piece::Text(String::new())) };
        let text = choice.delta.content.unwrap_or_default();
        Some(if choice.finish_reason.is_some() { Piece::Last(text) } else { Piece::Text(text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_of_several_providers_are_read() {
        let text = |text: &str| Some(Piece::Text(text.to_owned()));
        for (data, expected) in [
            (
                r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}"#,
                text("Hi"),
            ),
            (r#"{"choices":[{"delta":{"role":"assistant","content":null}}]}"#, text("")),
            (r#"{"choices":[{"delta":{"reasoning_content":"hm"}}],"new":1}"#, text("")),
            (r#"{"choices":[],"usage":{"total_tokens":1}}"#, text("")),
            (r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#, Some(Piece::Last(String::new()))),
            (r#"{"choices":[{"delta":{"content":"."},"finish_reason":"length"}]}"#, Some(Piece::Last(".".to_owned()))),
            (r#"{"error":{"message":"overloaded"}}"#, Some(Piece::Failure)),
            ("rubbish", None),
            (r#"{"choices":[{"delta":{"content":7}}]}"#, None),
        ] {
            assert_eq!(Chunk::parse(data), expected, "{data}");
        }
    }
}
