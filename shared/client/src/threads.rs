//! Threads.

use futures_util::Stream;
use reqwest::Method;
use usher_contract::{CreateThread, IdempotencyKey, Page, PageLimit, Thread, ThreadId, UpdateThread};

use crate::{
    client::Client,
    error::Error,
    pages::{NO_QUERY, stream_pages},
    repeat::Repeat,
    reply::Reply,
};

/// Threads.
impl Client {
    /// Creates a thread: `POST /threads`. The client makes an `Idempotency-Key` for the call. Pass a key of your own to
    /// repeat the call after an error: within a day, the same request with the same key creates nothing.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn create_thread(&self, thread: &CreateThread, key: Option<&IdempotencyKey>) -> Result<Thread, Error> {
        self.post(&["threads"], thread, key).await
    }

    /// Returns a page of the threads, the last created first: `GET /threads`. Without a cursor it is the first page.
    ///
    /// # Errors
    /// See [`Error`]. `invalid-cursor`: the cursor is not of this list.
    pub async fn list_threads(&self, limit: PageLimit, cursor: Option<&str>) -> Result<Page<Thread>, Error> {
        self.get_page(&["threads"], &NO_QUERY, limit, cursor).await
    }

    /// Returns all threads, the last created first. Requests a page when its first thread is needed. Ends after an
    /// error.
    ///
    /// ```no_run
    /// # use usher_client::{Client, Error};
    /// use futures_util::TryStreamExt as _;
    ///
    /// # async fn print(client: Client) -> Result<(), Error> {
    /// let mut threads = client.threads();
    /// while let Some(thread) = threads.try_next().await? {
    ///     println!("{} {}", thread.id, thread.title.unwrap_or_default());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn threads(&self) -> impl Stream<Item = Result<Thread, Error>> + Send + Unpin + use<> {
        let client = self.clone();
        stream_pages(move |cursor| {
            let client = client.clone();
            async move { client.list_threads(PageLimit::MAX, cursor.as_deref()).await }
        })
    }

    /// Returns a thread: `GET /threads/{thread_id}`.
    ///
    /// # Errors
    /// See [`Error`]. `not-found`: the caller has no such thread.
    pub async fn get_thread(&self, thread: ThreadId) -> Result<Thread, Error> {
        self.get(&["threads", &thread.to_string()]).await
    }

    /// Changes the title of a thread, or removes it: `PATCH /threads/{thread_id}`.
    ///
    /// # Errors
    /// See [`Error`]. `not-found`: the caller has no such thread.
    pub async fn update_thread(&self, thread: ThreadId, change: &UpdateThread) -> Result<Thread, Error> {
        let thread = thread.to_string();
        let request = || self.request(Method::PATCH, &["threads", &thread]).json(change);
        self.send::<Reply>(Repeat::Safe, request).await?.json()
    }

    /// Deletes a thread and its messages: `DELETE /threads/{thread_id}`. For a day, a repeat succeeds as well.
    ///
    /// # Errors
    /// See [`Error`]. `not-found`: the caller has no such thread.
    pub async fn delete_thread(&self, thread: ThreadId) -> Result<(), Error> {
        let thread = thread.to_string();
        self.send::<Reply>(Repeat::Safe, || self.request(Method::DELETE, &["threads", &thread])).await.map(drop)
    }
}
