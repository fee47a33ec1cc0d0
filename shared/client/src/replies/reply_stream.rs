//! A reply while it is written.

use std::pin::Pin;

use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream::try_unfold};
use reqwest::Response;
use sse_stream::{Sse, SseByteStream};
use usher_contract::{LAST_EVENT, MessageId, MessageStatus, ReplyChunk};

use crate::error::{Error, Unreadable};

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
        let body =
            try_unfold(response, async |mut response| Ok(response.chunk().await?.map(|chunk| (chunk, response))));
        let events = SseByteStream::new(Box::pin(body.map_err(|error: reqwest::Error| error.without_url())));
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
    /// The connection broke off, or the response is not readable. Resume the reply.
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

fn unreadable(reason: &'static str) -> Error {
    Error::UnreadableResponse { status: 200, reason: Unreadable::Reply(reason), request_id: None }
}
