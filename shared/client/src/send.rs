//! Sends the requests of a call: with a token, and again if an attempt failed.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

use reqwest::{Method, RequestBuilder, header::AUTHORIZATION};
use serde::{Serialize, de::DeserializeOwned};
use usher_contract::{IdempotencyKey, header};
use uuid::Uuid;

use crate::{
    address,
    client::Client,
    error::Error,
    repeat::{Repeat, with_retries},
    reply::{Received, Reply},
    token::Token,
};

impl Client {
    /// Begins a request.
    pub(crate) fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.http.request(method, address::join(&self.url, path))
    }

    /// Sends a `GET`, and parses the response.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, Error> {
        self.send::<Reply>(Repeat::Safe, || self.request(Method::GET, path)).await?.json()
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
        self.send::<Reply>(Repeat::Safe, request).await?.json()
    }

    /// Sends a request, and sends it again as the retry policy says. `request` makes the same request each time. The
    /// policy holds until the response is read as far as `T` needs.
    pub(crate) async fn send<T: Received>(
        &self,
        repeat: Repeat,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, Error> {
        let call = CallState::default();
        with_retries(self.retry_policy, repeat, || self.attempt(&request, &call)).await
    }

    /// Sends a request with a token. If the API refuses the token, asks the source for a fresh one, once in a call.
    async fn attempt<T: Received>(&self, request: &impl Fn() -> RequestBuilder, call: &CallState) -> Result<T, Error> {
        let token = self.tokens.get(false).await?;
        if !call.is_for(token.as_ref()) {
            return Err(Error::UserChanged);
        }
        let result = exchange(request(), token.as_ref()).await;
        let is_refused = result.as_ref().err().is_some_and(Error::is_refused_token);
        if !is_refused || call.is_renewed.swap(true, Ordering::Relaxed) {
            return result;
        }
        let fresh = self.tokens.get(true).await?;
        // The same token would be refused again.
        if fresh == token || !call.is_for(fresh.as_ref()) {
            return result;
        }
        exchange(request(), fresh.as_ref()).await
    }
}

/// What the attempts of a call share.
#[derive(Default)]
struct CallState {
    /// Whether the source was asked for a fresh token.
    is_renewed: AtomicBool,
    /// The first token.
    token: OnceLock<Token>,
}

impl CallState {
    /// Returns whether a token is of the user of the call: the one of the first token.
    fn is_for(&self, token: Option<&Token>) -> bool {
        match token {
            Some(token) => self.token.get_or_init(|| token.clone()).has_same_user(token),
            None => self.token.get().is_none(),
        }
    }
}

/// Sends a request and reads the response.
async fn exchange<T: Received>(mut request: RequestBuilder, token: Option<&Token>) -> Result<T, Error> {
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, token.authorization());
    }
    T::read(request.send().await.map_err(Error::transport)?, token).await
}
