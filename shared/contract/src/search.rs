//! The search: what a caller looks for, and what is found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::MessageId,
    limits::{MAX_SEARCH_CHARS, MAX_SEARCH_WORDS},
    message::Role,
    snippet::Snippet,
    thread::Thread,
    timestamp::Timestamp,
    visible::{VISIBLE, is_blank},
};

/// What to look for: 1 to 200 characters, at least one of which is visible. The API also limits the number of
/// words, to 10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(!try_from)]
pub struct SearchText(#[schemars(length(min = 1, max = MAX_SEARCH_CHARS), regex(pattern = VISIBLE))] String);

/// The kind of rows to look in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SearchKind {
    /// The titles of threads.
    Thread,
    /// The contents of messages.
    Message,
}

/// The query parameters of `GET /search`, without those of every list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchQuery {
    /// The words to look for.
    pub q: SearchText,
    /// The kind of rows to look in. Both kinds if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<SearchKind>,
}

/// The error for a query parameter of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSearch {
    /// The text is empty, blank or too long.
    #[error("must be 1 to {MAX_SEARCH_CHARS} characters and not blank")]
    Text,
    /// The text has too many words.
    #[error("must have at most {MAX_SEARCH_WORDS} words")]
    Words,
    /// Not a kind.
    #[error("must be `thread` or `message`")]
    Kind,
}

/// A part of what a search finds. It may have fewer hits than the limit, even none, because a request looks through at
/// most 4 MB. Only a missing cursor means that everything has been searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SearchPage {
    /// The hits: the thread that was created last is the first. The hits of a thread are together: first its title, then
    /// its messages, the newest first.
    pub items: Vec<SearchHit>,
    /// The cursor of the next page. Null at the end.
    pub next_cursor: Option<String>,
    /// How far the search has come.
    pub searched: Searched,
}

/// A thread or a message in which all words occur.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SearchHit {
    /// The thread, or the thread of the message.
    pub thread: Thread,
    /// The message. Null if the words occur in the title of the thread.
    pub message: Option<FoundMessage>,
    /// The part of the title or of the content with the most words.
    pub snippet: Snippet,
}

/// A message in which all words occur.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundMessage {
    /// The id.
    pub id: MessageId,
    /// The author.
    pub role: Role,
    /// When the message was created.
    pub created_at: Timestamp,
}

/// How far a search has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Searched {
    /// The number of threads that this request has looked at.
    pub threads: u32,
    /// The number of messages that this request has looked at.
    pub messages: u32,
    /// When the thread was created that the search has reached. All threads that were created later, and their messages,
    /// have been searched by this request and those before it. Null at the end: everything has been searched.
    pub back_to: Option<Timestamp>,
}

impl SearchText {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SearchText {
    type Error = InvalidSearch;

    fn try_from(text: String) -> Result<Self, InvalidSearch> {
        let is_valid = !is_blank(&text) && text.chars().take(MAX_SEARCH_CHARS + 1).count() <= MAX_SEARCH_CHARS;
        is_valid.then_some(Self(text)).ok_or(InvalidSearch::Text)
    }
}

impl SearchKind {
    /// Parses a kind.
    ///
    /// # Errors
    /// The text is not a kind.
    pub fn parse(text: &str) -> Result<Self, InvalidSearch> {
        match text {
            "thread" => Ok(Self::Thread),
            "message" => Ok(Self::Message),
            _ => Err(InvalidSearch::Kind),
        }
    }

    /// Returns the kind as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Message => "message",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_text_is_counted_in_characters() {
        for text in ["a", " a ", "?", &"é".repeat(MAX_SEARCH_CHARS)] {
            assert!(SearchText::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in ["", " ", "\n\u{3000}", "\u{200b}", &"a".repeat(MAX_SEARCH_CHARS + 1)] {
            assert_eq!(SearchText::try_from(text.to_owned()), Err(InvalidSearch::Text), "{text}");
        }
    }

    #[test]
    fn a_kind_is_written_as_it_is_parsed() {
        for kind in [SearchKind::Thread, SearchKind::Message] {
            assert_eq!(SearchKind::parse(kind.as_str()), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for text in ["", "Thread", "threads"] {
            assert_eq!(SearchKind::parse(text), Err(InvalidSearch::Kind), "{text}");
        }
    }
}
