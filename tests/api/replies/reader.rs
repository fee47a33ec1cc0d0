//! A client that reads a streamed reply.

use harness::Answer;
use reqwest::{Response, header::HeaderMap};
use serde_json::Value;

/// The events of a response, as they arrive.
pub(super) struct Reader {
    pub(super) headers: HeaderMap,
    pub(super) status_code: u16,
    response: Response,
    /// What has arrived of the next events. Not a text, because a chunk may end within a character.
    buffer: Vec<u8>,
    /// All events so far.
    pub(super) events: Vec<Event>,
}

/// A server-sent event.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: Option<String>,
    /// Null for `[DONE]`.
    pub(super) data: Value,
}

impl Reader {
    pub(super) fn new(response: Response) -> Self {
        let (headers, status_code) = (response.headers().clone(), response.status().as_u16());
        Self { headers, status_code, response, buffer: Vec::new(), events: Vec::new() }
    }

    /// Waits for the next event. Returns `None` at the end of the response.
    pub(super) async fn next(&mut self) -> Option<&Event> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|end| end == b"\n\n") {
                let event: Vec<_> = self.buffer.drain(..end + 2).collect();
                let event = std::str::from_utf8(&event).unwrap();
                // A comment.
                if event.starts_with(':') {
                    continue;
                }
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                let (id, data) = (field("id:").map(str::to_owned), field("data:").unwrap_or_default());
                let data = if data == "[DONE]" { Value::Null } else { serde_json::from_str(data).unwrap() };
                self.events.push(Event { id, data });
                return self.events.last();
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.buffer.extend(chunk);
        }
    }

    /// Waits for the first event and returns the id of the reply.
    pub(super) async fn start(&mut self) -> String {
        assert_eq!(self.status_code, 200, "{:?}", self.headers);
        let start = &self.next().await.expect("a first event").data;
        assert_eq!(start["type"], "start");
        start["messageId"].as_str().unwrap().to_owned()
    }

    /// Waits for the next piece of the text. Returns `None` at the end.
    pub(super) async fn text(&mut self) -> Option<String> {
        loop {
            let event = self.next().await?;
            if event.data["type"] == "text-delta" {
                return Some(event.data["delta"].as_str().unwrap().to_owned());
            }
        }
    }

    /// Reads to the end and returns the text.
    pub(super) async fn rest(&mut self) -> String {
        let mut text = String::new();
        while let Some(piece) = self.text().await {
            text += &piece;
        }
        assert!(self.events.last().unwrap().data.is_null(), "the response broke off");
        text
    }

    /// The last status that an event has told.
    pub(super) fn status(&self) -> &str {
        let mut statuses = self.events.iter().filter_map(|event| event.data["messageMetadata"]["status"].as_str());
        statuses.next_back().unwrap()
    }

    /// The type of the event before the last one, which is `[DONE]`.
    pub(super) fn end(&self) -> &str {
        self.events[self.events.len() - 2].data["type"].as_str().unwrap()
    }

    /// Reads a response that is no stream of events.
    pub(super) async fn into_answer(self) -> Answer {
        let (status, headers) = (self.response.status(), self.headers);
        let body = self.response.text().await.unwrap();
        Answer { exchange: "a reply".into(), status, headers, body, log: String::new() }
    }
}
