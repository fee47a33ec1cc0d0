//! Keeps a connection open: connects again after a loss, and replaces the WebSocket before its time is over.

use std::{future, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};
use usher_contract::live::CloseReason;

use super::{
    back_off::{BackOff, LONGEST_WAIT},
    dialer::Dialer,
    error::LiveError,
    socket::{Progress, Socket},
    unread::Unread,
};
use crate::repeat::jitter;

/// API Gateway ends a WebSocket after 2 hours. Another one replaces it 5 to 10 minutes earlier.
const LATEST_REPLACEMENT: Duration = Duration::from_secs(115 * 60);
/// The longest random time by which a replacement is earlier.
const REPLACEMENT_JITTER: Duration = Duration::from_secs(5 * 60);

/// Keeps a connection open until the reader is dropped or an error is final.
pub(super) async fn keep_connected(dialer: Dialer, unread: Unread) {
    let connection = Connection::new(dialer, unread.clone());
    tokio::select! {
        reason = connection.run() => unread.end(reason),
        () = unread.dropped() => {}
    }
}

struct Connection {
    dialer: Arc<Dialer>,
    unread: Unread,
    /// The socket that is ready.
    current: Option<Socket>,
    /// The socket that is not ready yet. It replaces the current one when it is.
    next: Option<Socket>,
    /// When the next socket is opened.
    dial_at: Instant,
    ready_at: Instant,
    back_off: BackOff,
}

impl Connection {
    fn new(dialer: Dialer, unread: Unread) -> Self {
        let now = Instant::now();
        Self {
            dialer: Arc::new(dialer),
            unread,
            current: None,
            next: None,
            dial_at: now,
            ready_at: now,
            back_off: BackOff::new(),
        }
    }

    /// Runs until an error is final.
    async fn run(mut self) -> LiveError {
        loop {
            tokio::select! {
                progress = progress_of(&mut self.current) => if let Progress::Ended(reason) = progress {
                    self.current = None;
                    // A socket that is lost at once, again and again, must not be opened without a wait.
                    if self.ready_at.elapsed() >= LONGEST_WAIT {
                        self.back_off = BackOff::new();
                    }
                    if let Some(reason) = self.handle_end(reason) {
                        return reason;
                    }
                },
                progress = progress_of(&mut self.next) => match progress {
                    Progress::Ready => self.replace_current(),
                    Progress::Refused(reason) => self.tell_disconnected(reason),
                    Progress::Ended(reason) => {
                        self.next = None;
                        if let Some(reason) = self.handle_end(reason) {
                            return reason;
                        }
                    }
                },
                () = sleep_until(self.dial_at), if self.next.is_none() => {
                    self.next = Some(Socket::new(Arc::clone(&self.dialer), self.unread.clone()));
                }
            }
        }
    }

    /// Makes the next socket the current one. The earlier one is closed only now, so no change is missed in between.
    fn replace_current(&mut self) {
        self.current = self.next.take();
        self.ready_at = Instant::now();
        self.dial_at = self.ready_at + LATEST_REPLACEMENT - jitter(REPLACEMENT_JITTER);
    }

    /// Handles the end of one of the sockets, after it was removed. Returns the reason if it is final.
    fn handle_end(&mut self, reason: LiveError) -> Option<LiveError> {
        let has_other = self.current.is_some() || self.next.is_some();
        // The API closes the oldest connection, and that is the one that the next socket replaces.
        let is_replaced = has_other && matches!(reason, LiveError::Closed(CloseReason::TooManyConnections));
        if reason.is_final() && !is_replaced {
            return Some(reason);
        }
        if self.next.is_none() {
            self.dial_at = Instant::now() + self.back_off.next_wait();
        }
        self.tell_disconnected(reason);
        None
    }

    fn tell_disconnected(&self, reason: LiveError) {
        if self.current.is_none() {
            self.unread.disconnected(reason);
        }
    }
}

/// Waits for progress of a socket.
async fn progress_of(socket: &mut Option<Socket>) -> Progress {
    match socket {
        Some(socket) => socket.progress().await,
        None => future::pending().await,
    }
}
