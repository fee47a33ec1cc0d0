//! The answer of a model, piece by piece.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::{
    chunk::{Chunk, DONE, Piece},
    error::ModelError,
    events::Events,
};

/// The answer of a model while it is written. Dropping it closes the connection, so the model stops.
pub struct ModelStream {
    pub(crate) events: Events,
    pub(crate) deadline: Instant,
    pub(crate) timeout: Duration,
    pub(crate) is_finished: bool,
}

impl ModelStream {
    /// Waits for the next piece of the text, which is not empty. Returns `None` after the last piece, and then the model
    /// has finished. May be dropped and called again: no piece is lost.
    ///
    /// # Errors
    /// The answer breaks off or cannot be read, or the time is used up. The pieces before are good.
    pub async fn next(&mut self) -> Result<Option<String>, ModelError> {
        while !self.is_finished {
            let event = timeout_at(self.deadline, self.events.next());
            let data = event.await.map_err(|_| ModelError::TimedOut(self.timeout))??;
            let data = data.ok_or_else(|| ModelError::BrokenOff("the connection ended".to_owned()))?;
            if data == DONE {
                self.is_finished = true;
                break;
            }
            let text = match Chunk::parse(&data).ok_or(ModelError::Unreadable("has an event that is not a chunk"))? {
                Piece::Text(text) => text,
                // Not every endpoint sends `[DONE]` after it.
                Piece::Last(text) => {
                    self.is_finished = true;
                    text
                }
                Piece::Failure => return Err(ModelError::BrokenOff("the model reported an error".to_owned())),
            };
            if !text.is_empty() {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    /// Reads the answer to its end and returns it, at most `max_chars` characters of it.
    ///
    /// # Errors
    /// As [`ModelStream::next`].
    pub async fn collect(mut self, max_chars: usize) -> Result<String, ModelError> {
        let mut text = String::new();
        let mut left = max_chars;
        while left > 0 {
            let Some(piece) = self.next().await? else { break };
            let taken: String = piece.chars().take(left).collect();
            left -= taken.chars().count();
            text += &taken;
        }
        Ok(text)
    }
}
