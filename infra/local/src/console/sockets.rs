//! `/control/connections` and `/control/messages`: the open WebSockets, and the last messages to them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Json,
    extract::{Path, Query, State},
};
use clerk_emulator::Clerk;
use lambda_emulator::{Emulator, OpenSocket, WebSocketEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::console::{
    StackConsole,
    control_error::ControlError,
    rows::{Rows, read_limit},
};

/// The number of messages that are kept.
const KEPT_MESSAGES: usize = 200;
const DEFAULT_LIMIT: usize = 50;

/// The sockets, and the last messages to them.
#[derive(Clone)]
pub(super) struct Sockets {
    lambda: Arc<Emulator>,
    rows: Rows,
    messages: Arc<Mutex<Messages>>,
}

/// The last messages, newest first.
#[derive(Debug, Default)]
struct Messages {
    kept: VecDeque<Value>,
    /// The number of messages ever sent.
    sent: u64,
}

impl Sockets {
    pub(super) fn new(lambda: Arc<Emulator>, rows: Rows) -> Self {
        Self { lambda, rows, messages: Arc::default() }
    }

    pub(super) fn lambda(&self) -> &Emulator {
        &self.lambda
    }

    /// Publishes each event of the sockets as an event `connection` or `message`, and keeps the messages, until the
    /// stack ends.
    pub(super) async fn follow(self, mut events: Receiver<WebSocketEvent>, clerk: Clerk) {
        loop {
            match events.recv().await {
                Ok(WebSocketEvent::Opened { connection_id }) => {
                    clerk.publish("connection", connection(&connection_id, false));
                }
                Ok(WebSocketEvent::Closed { connection_id }) => {
                    clerk.publish("connection", connection(&connection_id, true));
                }
                Ok(WebSocketEvent::Sent { connection_id, text }) => {
                    clerk.publish("message", self.messages().keep(&connection_id, &text));
                }
                Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "the console has missed events of sockets"),
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn messages(&self) -> MutexGuard<'_, Messages> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Messages {
    /// Keeps a message, and returns its object.
    fn keep(&mut self, connection_id: &str, text: &str) -> Value {
        self.sent += 1;
        // Every message of Usher is JSON. Another function may send any text.
        let body = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
        let message = json!({
            "object": "message",
            "number": self.sent,
            "at": milliseconds(SystemTime::now()),
            "connection_id": connection_id,
            "body": body,
        });
        self.kept.truncate(KEPT_MESSAGES - 1);
        self.kept.push_front(message.clone());
        message
    }
}

fn connection(id: &str, closed: bool) -> Value {
    json!({"object": "connection", "connection_id": id, "closed": closed})
}

/// Lists the open sockets. The user is known after the first hello.
pub(super) async fn list(State(console): State<StackConsole>) -> Json<Value> {
    let Sockets { lambda, rows, .. } = &console.sockets;
    let mut data = Vec::new();
    for socket in lambda.list_connections() {
        let user_id = rows.user_of_connection(&socket.connection_id).await;
        let OpenSocket { connection_id, connected_at, last_active_at, source_ip, user_agent } = socket;
        let mut object = connection(&connection_id, false);
        object["user_id"] = json!(user_id);
        object["connected_at"] = json!(milliseconds(connected_at));
        object["last_active_at"] = json!(milliseconds(last_active_at));
        object["source_ip"] = json!(source_ip.to_string());
        object["user_agent"] = json!(user_agent);
        data.push(object);
    }
    Json(json!({"object": "list", "data": data}))
}

/// Closes a socket as the management API does: the client gets a close frame.
pub(super) async fn close(
    State(console): State<StackConsole>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ControlError> {
    ended(console.sockets.lambda.close_connection(&id), id)
}

/// Cuts a socket as if the network had failed: the client gets no close frame.
pub(super) async fn cut(
    State(console): State<StackConsole>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ControlError> {
    ended(console.sockets.lambda.cut_connection(&id), id)
}

fn ended(was_open: bool, id: String) -> Result<Json<Value>, ControlError> {
    if was_open { Ok(Json(connection(&id, true))) } else { Err(ControlError::NoConnection(id)) }
}

#[derive(Deserialize)]
pub(super) struct MessagesQuery {
    limit: Option<usize>,
}

/// Lists the last messages to clients, newest first.
pub(super) async fn list_messages(
    State(console): State<StackConsole>,
    Query(query): Query<MessagesQuery>,
) -> Result<Json<Value>, ControlError> {
    let limit = read_limit(query.limit, DEFAULT_LIMIT)?;
    let data: Vec<Value> = console.sockets.messages().kept.iter().take(limit).cloned().collect();
    Ok(Json(json!({"object": "list", "data": data})))
}

fn milliseconds(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_messages_are_kept_newest_first() {
        let mut messages = Messages::default();
        for number in 1..=KEPT_MESSAGES + 1 {
            messages.keep("a", &json!({"n": number}).to_string());
        }
        let last = messages.keep("a", "not JSON");
        assert_eq!((messages.kept.len(), &messages.kept[0]), (KEPT_MESSAGES, &last));
        assert_eq!((&last["body"], &messages.kept[1]["body"]["n"]), (&json!("not JSON"), &json!(KEPT_MESSAGES + 1)));
    }
}
