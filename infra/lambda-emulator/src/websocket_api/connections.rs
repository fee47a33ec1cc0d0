//! The open connections.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// The maximum number of messages that wait for a slow client.
const QUEUE_LENGTH: usize = 64;

/// The maximum number of events that wait for a slow observer.
const WAITING_EVENTS: usize = 1024;

/// What is known about a client since its handshake.
#[derive(Debug)]
pub(crate) struct Client {
    /// The id of the connection, in the form of API Gateway's.
    pub(crate) connection_id: String,
    pub(crate) connected_at: SystemTime,
    pub(crate) source_ip: IpAddr,
    pub(crate) user_agent: Option<String>,
    /// The `Host` of the handshake.
    pub(crate) domain_name: String,
}

/// Returns an id in the form of API Gateway's ids: 11 bytes in base64.
pub(crate) fn new_id() -> String {
    URL_SAFE.encode(rand::random::<[u8; 11]>())
}

/// All open connections, by id.
#[derive(Debug)]
pub(crate) struct Connections {
    open: Mutex<BTreeMap<String, Connection>>,
    events: broadcast::Sender<WebSocketEvent>,
    /// See [`Connections::lose_disconnects`].
    disconnects_are_lost: AtomicBool,
}

/// An open connection, as those see it who send to it.
#[derive(Debug)]
struct Connection {
    client: Arc<Client>,
    messages: mpsc::Sender<String>,
    last_active: watch::Receiver<SystemTime>,
    cut: oneshot::Sender<()>,
}

/// An open connection, as its session sees it.
#[derive(Debug)]
pub(crate) struct OpenConnection {
    /// The messages to the client. The queue ends when the connection is closed at the management API.
    pub(crate) messages: mpsc::Receiver<String>,
    /// The time of the last message in either direction.
    pub(crate) last_active: watch::Sender<SystemTime>,
    /// Has a value when the connection is cut, and an error when it is closed.
    pub(crate) cut: oneshot::Receiver<()>,
}

/// Something that happened to a WebSocket connection. Messages of clients are not among it, because they may hold
/// secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebSocketEvent {
    /// A connection was opened.
    Opened {
        /// Its id.
        connection_id: String,
    },
    /// A connection has ended.
    Closed {
        /// Its id.
        connection_id: String,
    },
    /// A message to the client was accepted.
    Sent {
        /// The id of the connection.
        connection_id: String,
        /// The message.
        text: String,
    },
}

/// The reason why a message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendError {
    /// There is no such connection, or not any more, or not yet.
    Gone,
    /// Too many messages wait for the client.
    QueueFull,
}

impl Default for Connections {
    fn default() -> Self {
        let events = broadcast::Sender::new(WAITING_EVENTS);
        Self { open: Mutex::default(), events, disconnects_are_lost: AtomicBool::default() }
    }
}

impl Connections {
    /// Every event after this returns can be received.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<WebSocketEvent> {
        self.events.subscribe()
    }

    fn announce(&self, event: WebSocketEvent) {
        // An error means that nobody receives.
        let _ = self.events.send(event);
    }

    /// Opens a connection. From now on messages can be sent to it.
    pub(crate) fn open(&self, client: Arc<Client>) -> OpenConnection {
        let (sender, messages) = mpsc::channel(QUEUE_LENGTH);
        let last_active = watch::Sender::new(client.connected_at);
        let (cut_sender, cut) = oneshot::channel();
        let id = client.connection_id.clone();
        let connection = Connection { client, messages: sender, last_active: last_active.subscribe(), cut: cut_sender };
        self.lock().insert(id.clone(), connection);
        self.announce(WebSocketEvent::Opened { connection_id: id });
        OpenConnection { messages, last_active, cut }
    }

    /// Removes a connection. The messages that were accepted before still reach the client. Returns whether it was
    /// open.
    pub(crate) fn close(&self, id: &str) -> bool {
        self.remove(id).is_some()
    }

    fn remove(&self, id: &str) -> Option<Connection> {
        let connection = self.lock().remove(id)?;
        self.announce(WebSocketEvent::Closed { connection_id: id.to_owned() });
        Some(connection)
    }

    /// Accepts a message for a client, without waiting.
    pub(crate) fn send(&self, id: &str, text: String) -> Result<(), SendError> {
        let connections = self.lock();
        let connection = connections.get(id).ok_or(SendError::Gone)?;
        connection.messages.try_send(text.clone()).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SendError::QueueFull,
            mpsc::error::TrySendError::Closed(_) => SendError::Gone,
        })?;
        self.announce(WebSocketEvent::Sent { connection_id: id.to_owned(), text });
        Ok(())
    }

    /// Sends a message to a client, and waits as long as its queue is full. A message to a connection that is gone is
    /// dropped.
    pub(crate) async fn send_waiting(&self, id: &str, text: String) {
        let sender = self.lock().get(id).map(|connection| connection.messages.clone());
        if let Some(sender) = sender
            && sender.send(text.clone()).await.is_ok()
        {
            self.announce(WebSocketEvent::Sent { connection_id: id.to_owned(), text });
        }
    }

    /// Returns the client of a connection, and the time of the last message in either direction.
    pub(crate) fn describe(&self, id: &str) -> Option<(Arc<Client>, SystemTime)> {
        let connections = self.lock();
        let connection = connections.get(id)?;
        Some((Arc::clone(&connection.client), *connection.last_active.borrow()))
    }

    /// The ids of all open connections.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Cuts a connection: its socket ends without a close frame, as if the network had failed. Returns whether it was
    /// open.
    pub(crate) fn cut(&self, id: &str) -> bool {
        let Some(Connection { cut, messages, .. }) = self.remove(id) else { return false };
        // The session must see the cut before the end of its queue.
        let is_open = cut.send(()).is_ok();
        drop(messages);
        is_open
    }

    /// Decides whether `$disconnect` is left out for connections that end from now on. API Gateway does not promise to
    /// invoke it.
    pub(crate) fn lose_disconnects(&self, lost: bool) {
        self.disconnects_are_lost.store(lost, Ordering::Relaxed);
    }

    pub(crate) fn are_disconnects_lost(&self) -> bool {
        self.disconnects_are_lost.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Connection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
