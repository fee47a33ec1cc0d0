//! The events of a response (server-sent events), with bounds.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream::try_unfold};
use sse_stream::SseByteStream;
use usher_http::{RequestError, Response};

use crate::error::ModelError;

/// The maximum size of one event, in bytes. A chunk of an answer has some hundred.
const MAX_EVENT_BYTES: usize = 256 * 1024;
/// The maximum size of a response, in bytes. An answer of 100 KB in chunks of one token has about 10 MB.
const MAX_RESPONSE_BYTES: usize = 32 * 1024 * 1024;

/// The reason that the bytes of a response end. Not [`ModelError`] itself, because the decoder of events only returns
/// errors of other crates as a text.
#[derive(Debug, thiserror::Error)]
enum BodyError {
    #[error(transparent)]
    Request(#[from] RequestError),
    #[error("has an event that is too large")]
    EventTooLarge,
    #[error("is too large")]
    ResponseTooLarge,
}

type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send>>;

/// The events of a response.
pub(crate) struct Events(SseByteStream<BodyStream>);

/// Counts the bytes of a response.
#[derive(Debug, Default)]
struct Counter {
    response: usize,
    event: usize,
    /// `true` after the end of a line. Another end of a line then ends the event.
    is_line_start: bool,
}

impl Events {
    pub(crate) fn new(response: Response) -> Self {
        let body = try_unfold((response, Counter::default()), async |(mut response, mut counter)| {
            let Some(chunk) = response.chunk().await? else { return Ok(None) };
            counter.count(&chunk)?;
            Ok(Some((chunk, (response, counter))))
        });
        Self(SseByteStream::new(Box::pin(body)))
    }

    /// Returns the data of the next event that has data. Returns `None` at the end of the response.
    ///
    /// # Errors
    /// The connection fails, a bound is reached, or the text is not UTF-8.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, ModelError> {
        loop {
            match self.0.next().await {
                None => return Ok(None),
                Some(Ok(event)) => {
                    if let Some(data) = event.data {
                        return Ok(Some(data));
                    }
                }
                Some(Err(error)) => return Err(model_error(&error)),
            }
        }
    }
}

impl Counter {
    fn count(&mut self, chunk: &[u8]) -> Result<(), BodyError> {
        self.response += chunk.len();
        if self.response > MAX_RESPONSE_BYTES {
            return Err(BodyError::ResponseTooLarge);
        }
        for byte in chunk {
            self.event += 1;
            match byte {
                b'\n' if self.is_line_start => self.event = 0,
                b'\n' => self.is_line_start = true,
                // Part of the end of a line.
                b'\r' => {}
                _ => self.is_line_start = false,
            }
            if self.event > MAX_EVENT_BYTES {
                return Err(BodyError::EventTooLarge);
            }
        }
        Ok(())
    }
}

fn model_error(error: &sse_stream::Error) -> ModelError {
    let sse_stream::Error::Body(error) = error else { return ModelError::Unreadable("is not UTF-8") };
    match error.downcast_ref() {
        Some(BodyError::EventTooLarge) => ModelError::Unreadable("has an event that is too large"),
        Some(BodyError::ResponseTooLarge) => ModelError::Unreadable("is too large"),
        Some(BodyError::Request(_)) | None => ModelError::BrokenOff(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_a_maximum_size() {
        for end in ["\n\n", "\r\n\r\n"] {
            let mut counter = Counter::default();
            let line = format!("data: {}{end}", "a".repeat(MAX_EVENT_BYTES - 20));
            for _ in 0..3 {
                counter.count(line.as_bytes()).unwrap();
            }
            counter.count("data: a\n".repeat(MAX_EVENT_BYTES / 8).as_bytes()).unwrap();
            assert!(matches!(counter.count(b"data: a\n"), Err(BodyError::EventTooLarge)));
        }
    }

    #[test]
    fn a_response_has_a_maximum_size() {
        let mut counter = Counter::default();
        let events = ": comment\n\n".repeat(100_000);
        let mut counted = || counter.count(events.as_bytes());
        for _ in 0..MAX_RESPONSE_BYTES / events.len() {
            counted().unwrap();
        }
        assert!(matches!(counted(), Err(BodyError::ResponseTooLarge)));
    }
}
