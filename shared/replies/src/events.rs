//! The body of a response: server-sent events in the form of the AI SDK's UI message stream (AI SDK docs, "Stream
//! protocols", version 1 of the data stream protocol), so that its `useChat` can read them.
//!
//! The `id` of an event is the number of characters (Unicode scalar values) that the client has after the event. A
//! client that lost the connection gives it as `offset`.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream::unfold};
use sse_stream::Sse;
use tokio::{sync::mpsc::UnboundedReceiver, time::timeout};
use usher_contract::{LAST_EVENT, MessageId, MessageStatus, ReplyChunk, ReplyMetadata};

/// The header by which a client knows the protocol.
pub const PROTOCOL_HEADER: &str = "x-vercel-ai-ui-message-stream";
/// The version of the protocol.
pub const PROTOCOL_VERSION: &str = "v1";

/// The time after which a silent response sends a comment. Our clients give up after 30 seconds without a byte, and API
/// Gateway after 5 minutes, but a model may think for longer. The HTML standard (§9.2.7) advises 15 seconds.
const SILENCE: Duration = Duration::from_secs(15);
/// A comment of server-sent events, which clients ignore.
const COMMENT: &[u8] = b": the model is silent\n\n";

/// The id of the only text part of a reply.
const TEXT_PART: &str = "0";

/// What happens to a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// More text.
    Text(String),
    /// The reply has ended with this status.
    End(MessageStatus),
}

/// The events of one response.
pub struct Events {
    pub(crate) events: UnboundedReceiver<Event>,
    /// The reply.
    pub(crate) id: MessageId,
    /// The message of the user, if this request has created it.
    pub(crate) user_message: Option<MessageId>,
    pub(crate) offset: usize,
}

/// The state of a body.
struct Body<F> {
    events: Events,
    observe: F,
    next: Next,
}

/// What comes next in a body.
enum Next {
    Start,
    Event,
    Nothing,
}

impl Events {
    /// Returns the body. `observe` sees each event.
    pub fn into_body(self, observe: impl Fn(&Event)) -> impl Stream<Item = Bytes> {
        unfold(Body { events: self, observe, next: Next::Start }, Body::chunk)
    }

    fn start(&self) -> Vec<u8> {
        let message_metadata = ReplyMetadata { status: MessageStatus::Streaming, user_message_id: self.user_message };
        let start = ReplyChunk::Start { message_id: self.id, message_metadata };
        let text_start = ReplyChunk::TextStart { id: TEXT_PART.to_owned() };
        [encoded(&start, Some(self.offset)), encoded(&text_start, None)].concat()
    }

    fn text(&mut self, text: &str) -> Vec<u8> {
        self.offset += text.chars().count();
        let delta = ReplyChunk::TextDelta { id: TEXT_PART.to_owned(), delta: text.to_owned() };
        encoded(&delta, Some(self.offset))
    }
}

impl<F: Fn(&Event)> Body<F> {
    async fn chunk(mut self) -> Option<(Bytes, Self)> {
        let bytes = match self.next {
            Next::Start => {
                self.next = Next::Event;
                self.events.start()
            }
            Next::Event => match timeout(SILENCE, self.events.events.recv()).await {
                Ok(Some(event)) => {
                    (self.observe)(&event);
                    self.bytes_of(event)
                }
                // The writer has died.
                Ok(None) => self.bytes_of(Event::End(MessageStatus::Interrupted)),
                Err(_) => COMMENT.to_vec(),
            },
            Next::Nothing => {
                // The writer may still make a title, and the function must run until then.
                while self.events.events.recv().await.is_some() {}
                return None;
            }
        };
        Some((bytes.into(), self))
    }

    fn bytes_of(&mut self, event: Event) -> Vec<u8> {
        match event {
            Event::Text(text) => self.events.text(&text),
            Event::End(status) => {
                self.next = Next::Nothing;
                end(status)
            }
        }
    }
}

fn end(status: MessageStatus) -> Vec<u8> {
    let error = |text: &str| ReplyChunk::Error { error_text: text.to_owned() };
    let last = match status {
        MessageStatus::Streaming | MessageStatus::Complete => ReplyChunk::Finish { finish_reason: "stop".to_owned() },
        MessageStatus::Stopped => ReplyChunk::Abort { reason: "the reply was stopped".to_owned() },
        MessageStatus::Interrupted => error("the reply was interrupted"),
        MessageStatus::Failed => error("the model failed"),
    };
    let message_metadata = ReplyMetadata { status, user_message_id: None };
    let chunks =
        [ReplyChunk::TextEnd { id: TEXT_PART.to_owned() }, ReplyChunk::MessageMetadata { message_metadata }, last];
    let mut bytes: Vec<u8> = chunks.iter().flat_map(|chunk| encoded(chunk, None)).collect();
    bytes.extend(format!("data: {LAST_EVENT}\n\n").into_bytes());
    bytes
}

fn encoded(chunk: &ReplyChunk, id: Option<usize>) -> Vec<u8> {
    let event = Sse { data: serde_json::to_string(chunk).ok(), id: id.map(|id| id.to_string()), ..Sse::default() };
    // JSON and numbers have no line ends, which are all that an event cannot hold.
    event.encode().map(|bytes| bytes.to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;
    use tokio::sync::mpsc::unbounded_channel;
    use uuid::Uuid;

    use super::*;

    async fn body(events: Vec<Event>, offset: usize) -> String {
        let (sender, receiver) = unbounded_channel();
        events.into_iter().for_each(|event| sender.send(event).unwrap());
        drop(sender);
        let id = MessageId::from_uuid(Uuid::nil());
        let events = Events { events: receiver, id, user_message: None, offset };
        let chunks: Vec<_> = events.into_body(|_| {}).collect().await;
        String::from_utf8(chunks.concat()).unwrap()
    }

    #[tokio::test]
    async fn each_event_has_the_offset_after_it() {
        let events = [Event::Text("äb\n".into()), Event::Text("c".into()), Event::End(MessageStatus::Complete)];
        let body = body(events.into(), 5).await;
        let lines: Vec<_> = body.lines().filter(|line| line.starts_with("id:") || line.contains("delta")).collect();
        let delta = |text: &str| format!(r#"data: {{"type":"text-delta","id":"0","delta":"{text}"}}"#);
        assert_eq!(lines, ["id: 5", &delta("äb\\n"), "id: 8", &delta("c"), "id: 9"]);
        assert!(body.ends_with("data: {\"type\":\"finish\",\"finishReason\":\"stop\"}\n\ndata: [DONE]\n\n"), "{body}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_reply_sends_a_comment_every_15_seconds() {
        let (sender, receiver) = unbounded_channel();
        let id = MessageId::from_uuid(Uuid::nil());
        let events = Events { events: receiver, id, user_message: None, offset: 0 };
        let begun = tokio::time::Instant::now();
        let mut body = std::pin::pin!(events.into_body(|_| {}).skip(1));
        for silences in 1..=2 {
            assert_eq!(body.next().await.unwrap(), COMMENT);
            assert_eq!(begun.elapsed(), SILENCE * silences);
        }
        sender.send(Event::Text("a".into())).unwrap();
        assert!(body.next().await.unwrap().starts_with(b"data: "));
    }

    #[tokio::test]
    async fn every_end_says_its_status() {
        for (events, status, kind) in [
            (vec![Event::End(MessageStatus::Stopped)], "stopped", "abort"),
            (vec![Event::End(MessageStatus::Failed)], "failed", "error"),
            (vec![], "interrupted", "error"),
        ] {
            let body = body(events, 0).await;
            assert!(body.contains(&format!(r#"{{"status":"{status}"}}"#)), "{body}");
            assert!(body.contains(&format!(r#""type":"{kind}""#)), "{body}");
        }
    }
}
