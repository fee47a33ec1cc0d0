//! Messages, and exchanges of two messages.

use futures_util::Stream;
use usher_contract::{CreateExchange, CreateMessage, Exchange, IdempotencyKey, Message, Page, PageLimit, ThreadId};

use crate::{
    client::Client,
    error::Error,
    pages::{NO_QUERY, stream_pages},
};

/// Messages.
impl Client {
    /// Adds a message to a thread: `POST /threads/{thread_id}/messages`. The key is as in [`Client::create_thread`].
    ///
    /// # Errors
    /// See [`Error`]. `not-found`: the caller has no such thread.
    pub async fn create_message(
        &self,
        thread: ThreadId,
        message: &CreateMessage,
        key: Option<&IdempotencyKey>,
    ) -> Result<Message, Error> {
        self.post(&["threads", &thread.to_string(), "messages"], message, key).await
    }

    /// Adds a user's message and the assistant's answer to a thread, both or neither:
    /// `POST /threads/{thread_id}/exchanges`. The key is as in [`Client::create_thread`].
    ///
    /// # Errors
    /// See [`Error`]. `not-found`: the caller has no such thread.
    pub async fn create_exchange(
        &self,
        thread: ThreadId,
        exchange: &CreateExchange,
        key: Option<&IdempotencyKey>,
    ) -> Result<Exchange, Error> {
        self.post(&["threads", &thread.to_string(), "exchanges"], exchange, key).await
    }

    /// Returns a page of the messages of a thread, the oldest first: `GET /threads/{thread_id}/messages`. Without a
    /// cursor it is the first page.
    ///
    /// # Errors
    /// See [`Error`]. `not-found`: the caller has no such thread. `invalid-cursor`: the cursor is not of this list.
    pub async fn list_messages(
        &self,
        thread: ThreadId,
        limit: PageLimit,
        cursor: Option<&str>,
    ) -> Result<Page<Message>, Error> {
        self.get_page(&["threads", &thread.to_string(), "messages"], &NO_QUERY, limit, cursor).await
    }

    /// Returns all messages of a thread, the oldest first. Requests a page when its first message is needed. Ends after
    /// an error.
    pub fn messages(&self, thread: ThreadId) -> impl Stream<Item = Result<Message, Error>> + Send + Unpin + use<> {
        let client = self.clone();
        stream_pages(move |cursor| {
            let client = client.clone();
            async move { client.list_messages(thread, PageLimit::MAX, cursor.as_deref()).await }
        })
    }
}
