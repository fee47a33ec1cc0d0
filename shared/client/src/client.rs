//! The client of an API. Its methods are in the files of their resources.

use std::fmt;

use reqwest::{Url, redirect};

use crate::{address, error::Error, retry_policy::RetryPolicy, token_source::TokenSource};

/// A client of one API, for the users whose tokens its source returns. A clone shares the connections.
///
/// It needs a Tokio runtime with time and I/O. A call that is dropped stops, but the API may carry out the request.
#[derive(Clone)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) url: Url,
    pub(crate) stream_url: Url,
    pub(crate) tokens: TokenSource,
    pub(crate) retry_policy: RetryPolicy,
    #[cfg(feature = "live")]
    pub(crate) live_url: Url,
    #[cfg(feature = "live")]
    pub(crate) live_http: reqwest::Client,
}

impl Client {
    /// Creates a client. Opens no connection. The URL begins with `https://`, or with `http://` if the API runs on this
    /// machine. It may have a path.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`], or [`Error::Transport`] if TLS cannot be used.
    pub fn new(url: &str, tokens: TokenSource) -> Result<Self, Error> {
        let url = address::parse(url)?;
        let http = http_builder(&url).build().map_err(Error::transport)?;
        #[cfg(feature = "live")]
        let (live_url, live_http) = (address::join(&url, &["live"]), crate::live::http_client(&url)?);
        Ok(Self {
            http,
            stream_url: address::join(&url, &["stream"]),
            url,
            tokens,
            retry_policy: RetryPolicy::default(),
            #[cfg(feature = "live")]
            live_url,
            #[cfg(feature = "live")]
            live_http,
        })
    }

    /// Returns a client with other limits for attempts, which shares the connections with this one.
    #[must_use]
    pub fn with_retry_policy(mut self, retry_policy: RetryPolicy) -> Self {
        self.retry_policy = retry_policy;
        self
    }

    /// Returns a client that calls the streaming API at another URL, the stack's output `StreamUrl`. Without a domain of
    /// its own, a stack has the streaming API at another host. Otherwise it is at `stream`, below the URL of the API.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`].
    pub fn with_stream_url(mut self, url: &str) -> Result<Self, Error> {
        self.stream_url = address::parse(url)?;
        Ok(self)
    }

    /// Returns a client for the users of another source, which shares the connections with this one.
    #[must_use]
    pub fn with_tokens(mut self, tokens: TokenSource) -> Self {
        self.tokens = tokens;
        self
    }
}

/// Begins an HTTP client for a URL.
pub(crate) fn http_builder(url: &Url) -> reqwest::ClientBuilder {
    // The API redirects no request. Another address must not get the token.
    let http = reqwest::Client::builder().redirect(redirect::Policy::none()).user_agent(concat!(
        env!("CARGO_PKG_NAME"),
        "/",
        env!("CARGO_PKG_VERSION")
    ));
    if address::is_this_machine(url) { http.no_proxy() } else { http }
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
    use uuid::Uuid;

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
