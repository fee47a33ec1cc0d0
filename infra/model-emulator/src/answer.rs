//! The body of a response: the answer as a stream of chunks.

use std::{collections::VecDeque, future::pending, io};

use bytes::Bytes;
use futures_util::{Stream, stream::unfold};
use serde_json::{Value, json};

use crate::{
    request::{Request, RequestState},
    script::{End, Pace},
};

/// An answer under way.
pub(crate) struct Answer {
    request: Request,
    words: VecDeque<String>,
    pace: Pace,
    end: End,
    is_over: bool,
}

/// The last words of an answer, and what follows them.
enum Part {
    Event(String),
    Cut,
    Over,
}

impl Answer {
    pub(crate) fn new(request: Request, text: &str, pace: Pace, end: End) -> Self {
        let words = text.split_inclusive(' ').map(str::to_owned).collect();
        Self { request, words, pace, end, is_over: false }
    }

    /// Returns the body. A failure in it cuts the connection.
    pub(crate) fn into_body(self) -> impl Stream<Item = io::Result<Bytes>> {
        unfold(self, async |mut answer| match answer.next().await {
            Part::Event(event) => Some((Ok(Bytes::from(event)), answer)),
            Part::Cut => Some((Err(io::Error::other("the script cuts the connection")), answer)),
            Part::Over => None,
        })
    }

    async fn next(&mut self) -> Part {
        if self.is_over {
            return Part::Over;
        }
        if self.pace == Pace::Stepped {
            self.request.granted().await;
        }
        if let Some(pause) = self.pace.pause() {
            tokio::time::sleep(pause).await;
        }
        if let Some(word) = self.words.pop_front() {
            return Part::Event(event(&chunk(&json!({"content": word}), &Value::Null)));
        }
        if self.end == End::Stall {
            pending::<()>().await;
        }
        if self.end == End::BreakOff {
            // A server writes what it has when its body has to wait. A cut would otherwise discard it.
            tokio::task::yield_now().await;
        }
        self.is_over = true;
        self.request.finish(RequestState::Ended);
        match self.end {
            End::BreakOff => Part::Cut,
            End::Rubbish => Part::Event("data: rubbish\n\n".to_owned()),
            End::Error => Part::Event(event(&json!({"error": {"message": "the script fails"}}))),
            End::Finish | End::Stall => Part::Event(event(&chunk(&json!({}), &json!("stop"))) + "data: [DONE]\n\n"),
        }
    }
}

/// Dropped before its end, an answer has lost its client.
impl Drop for Answer {
    fn drop(&mut self) {
        self.request.finish(RequestState::Closed);
    }
}

fn chunk(delta: &Value, finish_reason: &Value) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "emulator",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    })
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}
