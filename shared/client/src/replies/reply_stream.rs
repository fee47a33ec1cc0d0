//! A reply while it is written.

use std::{io, pin::Pin, time::Duration};

use futures_util::{Stream, StreamExt as _, stream::unfold};
use reqwest::Response;
use sse_stream::{Sse, SseByteStream};
use tokio::time::timeout;
use usher_contract::{LAST_EVENT, MessageId, MessageStatus, ReplyChunk};

use crate::error::{Error, Unreadable};

/// The time without a byte after which the connection counts as broken. The API sends a comment after 15 seconds in which
/// the model is silent.
const SILENCE: Duration = Duration::from_secs(30);

type Events = Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send>>;

/// A reply while it is written. Dropping it ends the request, and not the reply.
pub struct ReplyStream {
    events: Events,
    offset: usize,
    has_ended: bool,
}

/// What happens to a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyEvent {
    /// The reply has begun. It is the first event.
    Started {
        /// The reply.
        id: MessageId,
        /// The user's message, if this request or an earlier one with its key has added it.
        user_message: Option<MessageId>,
    },
    /// More text.
    Text(String),
    /// The reply has ended with this status. It is the last event.
    Ended(MessageStatus),
}

impl ReplyStream {
    pub(crate) fn new(response: Response) -> Self {
        let chunks = unfold(response, async |mut response| {
            let chunk = response.chunk().await.map_err(io::Error::other).transpose()?;
            Some((chunk, response))
        });
        let events = SseByteStream::new(Box::pin(until_silence(chunks)));
        Self { events: Box::pin(events), offset: 0, has_ended: false }
    }

    /// Returns the number of characters of the reply that all events so far have told, for
    /// [`Client::resume_reply`](crate::Client::resume_reply).
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Waits for the next event. Returns `None` after the last one.
    ///
    /// # Errors
    /// The connection broke off or is silent for 30 seconds, or the response is not readable. Resume the reply.
    pub async fn next(&mut self) -> Result<Option<ReplyEvent>, Error> {
        while !self.has_ended {
            let event = self.events.next().await.transpose();
            let event = event.map_err(|_| unreadable("the connection broke off"))?;
            let event = event.ok_or_else(|| unreadable("the response ended before the reply"))?;
            let data = event.data.unwrap_or_default();
            if data == LAST_EVENT {
                self.has_ended = true;
                break;
            }
            let chunk: ReplyChunk = serde_json::from_str(&data).map_err(|_| unreadable("an event is not readable"))?;
            if let Some(offset) = event.id.and_then(|id| id.parse().ok()) {
                self.offset = offset;
            }
            match chunk {
                ReplyChunk::Start { message_id, message_metadata } => {
                    let user_message = message_metadata.user_message_id;
                    return Ok(Some(ReplyEvent::Started { id: message_id, user_message }));
                }
                ReplyChunk::TextDelta { delta, .. } => return Ok(Some(ReplyEvent::Text(delta))),
                ReplyChunk::MessageMetadata { message_metadata } => {
                    return Ok(Some(ReplyEvent::Ended(message_metadata.status)));
                }
                _ => {}
            }
        }
        Ok(None)
    }
}

/// Returns the chunks, and an error if none comes for [`SILENCE`].
fn until_silence<T>(chunks: impl Stream<Item = io::Result<T>>) -> impl Stream<Item = io::Result<T>> {
    unfold(Box::pin(chunks), async |mut chunks| {
        let chunk = timeout(SILENCE, chunks.next()).await.unwrap_or(Some(Err(io::ErrorKind::TimedOut.into())))?;
        Some((chunk, chunks))
    })
}

fn unreadable(reason: &'static str) -> Error {
    Error::UnreadableResponse { status: 200, reason: Unreadable::Reply(reason), request_id: None }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::stream::{iter, pending};
    use tokio::time::Instant;

    use super::*;

    /// A laptop that changed its network gets neither bytes nor the end of the connection.
    #[tokio::test(start_paused = true)]
    async fn a_connection_that_is_silent_counts_as_broken() {
        let mut chunks = pin!(until_silence(iter([Ok(1)]).chain(pending())));
        assert_eq!(chunks.next().await.unwrap().unwrap(), 1);
        let since = Instant::now();
        assert_eq!(chunks.next().await.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(since.elapsed(), SILENCE);
    }
}
