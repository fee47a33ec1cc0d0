//! Replies that a model writes.

mod reply_stream;

use reqwest::{Method, Response};
use usher_contract::{CreateReply, IdempotencyKey, MessageId, ThreadId, header};
use uuid::Uuid;

use crate::{address, client::Client, error::Error, repeat::Repeat, reply::Reply};

pub use reply_stream::{ReplyEvent, ReplyStream};

/// Replies.
impl Client {
    /// Adds a message of the user to a thread, and streams the model's reply: `POST /stream/threads/{thread_id}/replies`.
    /// The key is as in [`Client::create_thread`]: a repeat with the same key goes on with the same reply. Dropping the
    /// stream does not end the reply.
    ///
    /// # Errors
    /// See [`Error`]. `not-found`: the caller has no such thread. `too-many-replies`: four replies are being written for
    /// the caller. `model-not-configured`: the API has no model.
    pub async fn create_reply(
        &self,
        thread: ThreadId,
        reply: &CreateReply,
        key: Option<&IdempotencyKey>,
    ) -> Result<ReplyStream, Error> {
        let key = key.cloned().unwrap_or_else(|| Uuid::now_v7().into());
        let url = address::join(&self.stream_url, &["threads", &thread.to_string(), "replies"]);
        let request =
            || self.http.request(Method::POST, url.clone()).header(header::IDEMPOTENCY_KEY, key.as_str()).json(reply);
        Ok(ReplyStream::new(self.send::<Response>(Repeat::Safe, request).await?))
    }

    /// Streams a reply from a character on, also while it is written:
    /// `GET /stream/threads/{thread_id}/replies/{message_id}`. `offset` is the one of the last event, or 0.
    ///
    /// # Errors
    /// See [`Error`]. `not-found`: the caller has no such thread or message.
    pub async fn resume_reply(
        &self,
        thread: ThreadId,
        message: MessageId,
        offset: usize,
    ) -> Result<ReplyStream, Error> {
        let path = ["threads", &thread.to_string(), "replies", &message.to_string()];
        let mut url = address::join(&self.stream_url, &path);
        url.query_pairs_mut().append_pair("offset", &offset.to_string());
        let request = || self.http.request(Method::GET, url.clone());
        Ok(ReplyStream::new(self.send::<Response>(Repeat::Safe, request).await?))
    }

    /// Stops a reply: `DELETE /threads/{thread_id}/replies/{message_id}`. A reply that has ended stays as it is.
    ///
    /// # Errors
    /// See [`Error`]. `not-found`: the caller has no such thread or reply.
    pub async fn stop_reply(&self, thread: ThreadId, message: MessageId) -> Result<(), Error> {
        let (thread, message) = (thread.to_string(), message.to_string());
        let path = ["threads", &thread, "replies", &message];
        self.send::<Reply>(Repeat::Safe, || self.request(Method::DELETE, &path)).await.map(drop)
    }
}
