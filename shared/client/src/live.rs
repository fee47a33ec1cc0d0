//! Live updates: a stream that names what has changed.

mod back_off;
mod connection;
mod dialer;
mod error;
mod event;
mod socket;
#[cfg(test)]
mod tests;
mod unread;

use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};

pub(crate) use dialer::http_client;
pub use error::LiveError;
pub use event::LiveEvent;

use self::{connection::keep_connected, dialer::Dialer, unread::Unread};
use crate::{address, client::Client, error::Error};

/// Live updates.
impl Client {
    /// Returns a stream of what changes for the caller. It keeps a WebSocket to the API open, and connects again if the
    /// connection is lost. Dropping the stream closes the WebSocket.
    ///
    /// The stream connects at its first poll, in a task of its own, so a slow reader loses nothing: what changes is
    /// collected until it is read. After each connect the first change is
    /// [`ChangeKey::All`](crate::contract::live::ChangeKey::All), because earlier changes were not heard. So an app
    /// reads what it shows after each [`LiveEvent::Changed`], and has no other first read. It also hears of its own
    /// writes, but the answer of a write is earlier: the app can show it at once.
    ///
    /// The client asks its token source for a token before each connect and every 8 to 9 minutes, and follows it to
    /// another user.
    ///
    /// # Errors
    /// The stream ends after an error. A connection that is lost is not an error, but [`LiveEvent::Disconnected`].
    /// These are errors: the account is deleted, Clerk has banned the user, the session has ended, the user has opened
    /// too many connections, the token source has no token, or the API refuses a fresh token too. To connect again, call
    /// this method again.
    pub fn live(&self) -> impl Stream<Item = Result<LiveEvent, LiveError>> + Send + Unpin + use<> {
        let dialer = Dialer::new(self);
        let start = async move {
            let (unread, reader) = Unread::new();
            tokio::spawn(keep_connected(dialer, unread));
            stream::try_unfold(reader, async |mut reader| Ok(Some((reader.next().await?, reader))))
        };
        start.flatten_stream().boxed()
    }

    /// Returns a client that connects to another URL for live updates. Without this call it is the URL of the API with
    /// `/live` added, where the local stack has it. On AWS it is the output `LiveUrl` of the stack.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`]: the URL begins with neither `wss://` nor, for this machine, `ws://`. [`Error::Transport`]:
    /// TLS cannot be used.
    pub fn with_live_url(mut self, url: &str) -> Result<Self, Error> {
        let url = address::parse_live(url)?;
        self.live_http = http_client(&url)?;
        self.live_url = url;
        Ok(self)
    }
}
