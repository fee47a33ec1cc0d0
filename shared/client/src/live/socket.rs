//! One WebSocket from its handshake to its end: hello, renewals, and what the API says.

use std::{sync::Arc, time::Duration};

use futures_util::{
    SinkExt as _, Stream, StreamExt as _,
    future::{BoxFuture, FutureExt as _},
    stream::SplitSink,
};
use reqwest::Upgraded;
use tokio::{sync::mpsc, time::sleep};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{self, Message},
};
use usher_contract::live::{Hello, ServerMessage};

use super::{
    back_off::BackOff,
    dialer::{Dialer, within_limit},
    error::LiveError,
    unread::Unread,
};
use crate::{error::Error, token::Token};

/// The shortest time between two renewals, whatever the API says.
const SHORTEST_RENEWAL: Duration = Duration::from_secs(1);

/// A WebSocket. It works while [`Socket::progress`] is polled, and is closed when it is dropped.
pub(super) struct Socket {
    run: BoxFuture<'static, LiveError>,
    progress: mpsc::UnboundedReceiver<Progress>,
}

/// What has become of a WebSocket.
pub(super) enum Progress {
    /// The API sends every change from now on.
    Ready,
    /// The API has refused a hello before it was ready. The socket says hello again.
    Refused(LiveError),
    /// The connection is closed.
    Ended(LiveError),
}

/// The answer to a hello.
enum Answer {
    Ready { renew_in: Duration },
    Problem(Error),
}

impl Socket {
    pub(super) fn new(dialer: Arc<Dialer>, unread: Unread) -> Self {
        let (sender, progress) = mpsc::unbounded_channel();
        Self { run: run(dialer, unread, sender).boxed(), progress }
    }

    /// Works until there is progress.
    pub(super) async fn progress(&mut self) -> Progress {
        tokio::select! {
            biased;
            Some(progress) = self.progress.recv() => progress,
            error = &mut self.run => Progress::Ended(error),
        }
    }
}

/// Opens a WebSocket and serves it until it ends. Returns the reason of the end.
async fn run(dialer: Arc<Dialer>, unread: Unread, progress: mpsc::UnboundedSender<Progress>) -> LiveError {
    let socket = match dialer.dial().await {
        Ok(socket) => socket,
        Err(error) => return error,
    };
    let (sink, messages) = socket.split();
    // Each hello has one answer.
    let (sender, answers) = mpsc::channel(1);
    let hellos = Hellos { dialer, sink, answers, progress: progress.clone() };
    tokio::select! {
        error = listen(messages, &unread, &progress, sender) => error,
        error = hellos.repeat() => error,
    }
}

/// Reads what the API sends, until the connection ends.
async fn listen(
    mut messages: impl Stream<Item = tungstenite::Result<Message>> + Unpin,
    unread: &Unread,
    progress: &mpsc::UnboundedSender<Progress>,
    answers: mpsc::Sender<Answer>,
) -> LiveError {
    let mut is_ready = false;
    while let Some(message) = messages.next().await {
        let text = match message {
            Ok(Message::Text(text)) => text,
            Ok(_) => continue,
            Err(error) => return LiveError::lost(error),
        };
        let answer = match serde_json::from_str(&text) {
            Ok(ServerMessage::Ready { renew_in_ms }) => {
                if !is_ready {
                    is_ready = true;
                    unread.connected();
                    // Fails only if nobody polls this future.
                    drop(progress.send(Progress::Ready));
                }
                Answer::Ready { renew_in: Duration::from_millis(renew_in_ms.into()) }
            }
            Ok(ServerMessage::Changed { keys }) => {
                // Earlier changes are part of what the client reads when the connection is ready.
                if is_ready {
                    unread.changed(keys);
                }
                continue;
            }
            Ok(ServerMessage::Closed { reason }) => return LiveError::Closed(reason),
            Ok(ServerMessage::Error { problem }) => {
                Answer::Problem(Error::Problem { details: Box::new(problem), retry_after: None })
            }
            // A message of a later version, or of API Gateway.
            Ok(ServerMessage::Unknown) | Err(_) => continue,
        };
        // Full only if the API answers more than once.
        drop(answers.try_send(answer));
    }
    LiveError::Lost(None)
}

/// The client's part of the conversation.
struct Hellos {
    dialer: Arc<Dialer>,
    sink: SplitSink<WebSocketStream<Upgraded>, Message>,
    answers: mpsc::Receiver<Answer>,
    progress: mpsc::UnboundedSender<Progress>,
}

impl Hellos {
    /// Says hello, and again whenever it is due. Returns why that is no longer possible.
    async fn repeat(mut self) -> LiveError {
        let mut back_off = BackOff::new();
        let mut is_ready = false;
        loop {
            let wait = match self.say_hello().await {
                Ok(renew_in) => {
                    is_ready = true;
                    back_off = BackOff::new();
                    renew_in.max(SHORTEST_RENEWAL)
                }
                // The socket stays open, and its lease lasts.
                Err(LiveError::Call(error)) if error.is_retryable() || matches!(error, Error::Token(_)) => {
                    if !is_ready {
                        drop(self.progress.send(Progress::Refused(error.into())));
                    }
                    back_off.next_wait()
                }
                Err(error) => return error,
            };
            sleep(wait).await;
        }
    }

    /// Says hello. If the API refuses the token, tries a fresh one, once. Returns the time until the next hello.
    async fn say_hello(&mut self) -> Result<Duration, LiveError> {
        let token = self.dialer.token().await?;
        match within_limit(self.exchange(&token)).await {
            Err(LiveError::Call(refusal)) if refusal.is_refused_token() => {
                let fresh = self.dialer.token_after(&token, refusal).await?;
                within_limit(self.exchange(&fresh)).await
            }
            result => result,
        }
    }

    /// Sends a hello and waits for its answer.
    async fn exchange(&mut self, token: &Token) -> Result<Duration, LiveError> {
        let hello = serde_json::to_string(&Hello::new(token.as_str())).map_err(LiveError::lost)?;
        self.sink.send(Message::text(hello)).await.map_err(LiveError::lost)?;
        match self.answers.recv().await {
            Some(Answer::Ready { renew_in }) => Ok(renew_in),
            Some(Answer::Problem(error)) => Err(error.into()),
            None => Err(LiveError::Lost(None)),
        }
    }
}
