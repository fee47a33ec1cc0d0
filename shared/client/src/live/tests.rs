//! Live updates against a scripted server, over real sockets. The tests decide how time passes.

mod dial;
mod ends;
mod hello;
mod reading;
mod reconnect;
mod server;
mod time;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use futures_util::{FutureExt as _, Stream, StreamExt as _};
use usher_contract::{
    ProblemCode, ProblemDetails,
    live::{ChangeKey, CloseReason, ServerMessage},
};

use self::{server::Server, time::until};
use super::{LiveError, LiveEvent};
use crate::{Client, TokenRequest, TokenSource};

/// The time until the next hello, as the server says it.
const RENEW_IN_MS: u32 = 500_000;

const READY: ServerMessage = ServerMessage::Ready { renew_in_ms: RENEW_IN_MS };

/// A stream of live updates.
struct Updates(Box<dyn Stream<Item = Result<LiveEvent, LiveError>> + Send + Unpin>);

impl Updates {
    /// Starts updates. They run in a task of their own.
    fn of(client: &Client) -> Self {
        let mut updates = Self(Box::new(client.live()));
        assert!(updates.try_next().is_none());
        updates
    }

    /// Waits for the next item.
    async fn next(&mut self) -> Result<LiveEvent, LiveError> {
        until(self.0.next()).await.expect("the stream has ended")
    }

    /// Returns the next item if it is there.
    fn try_next(&mut self) -> Option<Result<LiveEvent, LiveError>> {
        self.0.next().now_or_never().flatten()
    }

    async fn changed(&mut self) -> BTreeSet<ChangeKey> {
        match self.next().await.unwrap() {
            LiveEvent::Changed(keys) => keys,
            LiveEvent::Disconnected(error) => panic!("{error:?}"),
        }
    }

    async fn disconnected(&mut self) -> LiveError {
        match self.next().await.unwrap() {
            LiveEvent::Changed(keys) => panic!("{keys:?}"),
            LiveEvent::Disconnected(error) => error,
        }
    }

    /// Waits for the error that ends the stream.
    async fn end(&mut self) -> LiveError {
        let error = loop {
            if let Err(error) = self.next().await {
                break error;
            }
        };
        assert!(until(self.0.next()).await.is_none());
        error
    }
}

/// What a token source was asked with.
type Asked = Arc<Mutex<Vec<bool>>>;

/// A source whose tokens are `t1`, `t2` and so on.
fn counting_tokens() -> (TokenSource, Asked) {
    let asked = Asked::default();
    let record = Arc::clone(&asked);
    let source = TokenSource::new(move |TokenRequest { fresh, .. }| {
        let mut record = record.lock().unwrap();
        record.push(fresh);
        std::future::ready(Ok(Some(format!("t{}", record.len()))))
    });
    (source, asked)
}

/// A server, a client of it and what the client's token source was asked with.
async fn start() -> (Server, Client, Asked) {
    let server = Server::start().await;
    let (tokens, asked) = counting_tokens();
    let client = Client::new(&server.url, tokens).unwrap();
    (server, client, asked)
}

fn all() -> BTreeSet<ChangeKey> {
    BTreeSet::from([ChangeKey::All])
}

fn changed(keys: impl IntoIterator<Item = ChangeKey>) -> ServerMessage {
    ServerMessage::Changed { keys: keys.into_iter().collect() }
}

fn closed(reason: CloseReason) -> ServerMessage {
    ServerMessage::Closed { reason }
}

fn problem(code: ProblemCode) -> ProblemDetails {
    ProblemDetails {
        r#type: code.type_uri(),
        title: code.title().to_owned(),
        status: code.status(),
        detail: String::new(),
        request_id: "r".to_owned(),
        errors: Default::default(),
        clerk_error: None,
    }
}

fn error(code: ProblemCode) -> ServerMessage {
    ServerMessage::Error { problem: problem(code) }
}
