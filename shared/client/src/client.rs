//! The client: makes requests and sends them.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use reqwest::{
    Method, RequestBuilder, Url,
    header::{AUTHORIZATION, HeaderValue},
    redirect,
};
use serde::{Serialize, de::DeserializeOwned};
use usher_contract::{IdempotencyKey, header};
use uuid::Uuid;

use crate::{
    address,
    error::Error,
    repeat::{Repeat, with_retries},
    reply::Reply,
    retry_policy::RetryPolicy,
    token_source::TokenSource,
};

/// A client of one API, for the users whose tokens its source returns. A clone shares the connections.
///
/// It needs a Tokio runtime with time and I/O. A call that is dropped stops, but the API may carry out the request.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: Url,
    tokens: TokenSource,
    retry_policy: RetryPolicy,
}

impl Client {
    /// Creates a client. Opens no connection. The URL begins with `https://`, or with `http://` if the API runs on this
    /// machine. It may have a path.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`], or [`Error::Transport`] if TLS cannot be used.
    pub fn new(url: &str, tokens: TokenSource) -> Result<Self, Error> {
        let url = address::parse(url)?;
        // The API redirects no request. Another address must not get the token.
        let mut http = reqwest::Client::builder().redirect(redirect::Policy::none()).user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ));
        if address::is_this_machine(&url) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(Error::transport)?;
        Ok(Self { http, url, tokens, retry_policy: RetryPolicy::default() })
    }

    /// Returns a client with other limits for attempts, which shares the connections with this one.
    #[must_use]
    pub fn with_retry_policy(mut self, retry_policy: RetryPolicy) -> Self {
        self.retry_policy = retry_policy;
        self
    }

    /// Returns a client for the users of another source, which shares the connections with this one.
    #[must_use]
    pub fn with_tokens(mut self, tokens: TokenSource) -> Self {
        self.tokens = tokens;
        self
    }

    /// Begins a request.
    pub(crate) fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.http.request(method, address::join(&self.url, path))
    }

    /// Sends a `GET`, and parses the response.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, Error> {
        self.send(Repeat::Safe, || self.request(Method::GET, path)).await?.json()
    }

    /// Sends a `POST` with a body and a key, and parses the response. Makes a key if there is none.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
        key: Option<&IdempotencyKey>,
    ) -> Result<T, Error> {
        let key = key.cloned().unwrap_or_else(|| Uuid::now_v7().into());
        let request = || self.request(Method::POST, path).header(header::IDEMPOTENCY_KEY, key.as_str()).json(body);
        self.send(Repeat::Safe, request).await?.json()
    }

    /// Sends a request, and sends it again as the retry policy says. `request` makes the same request each time.
    pub(crate) async fn send(&self, repeat: Repeat, request: impl Fn() -> RequestBuilder) -> Result<Reply, Error> {
        let is_renewed = AtomicBool::new(false);
        with_retries(self.retry_policy, repeat, || self.attempt(&request, &is_renewed)).await
    }

    /// Sends a request with a token. If the API refuses the token, asks the source for a fresh one, once in a call.
    async fn attempt(&self, request: &impl Fn() -> RequestBuilder, is_renewed: &AtomicBool) -> Result<Reply, Error> {
        let token = self.tokens.authorization(false).await?;
        let result = exchange(request(), token.as_ref()).await;
        let is_refused = result.as_ref().err().is_some_and(Error::is_refused_token);
        if !is_refused || is_renewed.swap(true, Ordering::Relaxed) {
            return result;
        }
        let fresh = self.tokens.authorization(true).await?;
        // The same token would be refused again.
        if fresh == token { result } else { exchange(request(), fresh.as_ref()).await }
    }
}

/// Sends a request and reads the response.
async fn exchange(mut request: RequestBuilder, token: Option<&HeaderValue>) -> Result<Reply, Error> {
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, token);
    }
    Reply::read(request.send().await.map_err(Error::transport)?).await
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.url.as_str())
            .field("retry_policy", &self.retry_policy)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use usher_contract::{CreateThread, ThreadId};

    use super::*;

    /// Calls run as tasks, so their futures must be `Send`. The futures are never polled.
    #[test]
    fn a_call_may_run_as_a_task() {
        fn assert_send(_: impl Send) {}
        let client = Client::new("https://api.example.com", TokenSource::fixed("token")).unwrap();
        let thread = ThreadId::from_uuid(Uuid::nil());
        assert_send(client.get_thread(thread));
        assert_send(client.create_thread(&CreateThread::default(), None));
        assert_send(client.update_settings(&Default::default(), None));
        assert_send(client.messages(thread));
    }
}
