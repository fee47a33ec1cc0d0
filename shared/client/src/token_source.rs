//! Where the session tokens come from.

use std::{fmt, sync::Arc};

use futures_util::future::{BoxFuture, FutureExt as _};

use crate::{
    error::{Error, TokenError},
    token::Token,
};

/// A request for a session token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequest {
    /// Whether the API has just refused the token that this source returned last. A source that keeps tokens must get a
    /// new one then, and keep the new one.
    pub fresh: bool,
}

/// Returns the session token for each request. Does not show a token in `Debug`.
#[derive(Clone)]
pub struct TokenSource(Arc<GetToken>);

type GetToken = dyn Fn(TokenRequest) -> BoxFuture<'static, Result<Option<String>, TokenError>> + Send + Sync;

impl TokenSource {
    /// Makes a source of an async function. The client calls the function for each request, also for a repeated one,
    /// because a token of Clerk is valid for a minute. If the API refuses a token, the client calls it once more with
    /// [`TokenRequest::fresh`].
    ///
    /// A request is repeated only for the same user. With `None` it has no token.
    /// [`Client::get_login_status`](crate::Client::get_login_status) is the only method that succeeds then.
    ///
    /// ```
    /// # use usher_client::TokenSource;
    /// # async fn sign(fresh: bool) -> Result<String, std::io::Error> { Ok(String::new()) }
    /// let source = TokenSource::new(|request| async move { Ok(Some(sign(request.fresh).await?)) });
    /// ```
    pub fn new<F, Fut>(get_token: F) -> Self
    where
        F: Fn(TokenRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<String>, TokenError>> + Send + 'static,
    {
        Self(Arc::new(move |request| get_token(request).boxed()))
    }

    /// Makes a source of one token, for a server that handles the request of a user and received the token with it.
    pub fn fixed(token: impl Into<String>) -> Self {
        let token = token.into();
        Self::new(move |_| std::future::ready(Ok(Some(token.clone()))))
    }

    /// Asks for a token.
    ///
    /// # Errors
    /// The function returned an error, or a text that cannot be in a header.
    pub(crate) async fn get(&self, fresh: bool) -> Result<Option<Token>, Error> {
        let token = (self.0)(TokenRequest { fresh }).await.map_err(Error::Token)?;
        let invalid = |_| Error::Token("the token has characters that a header cannot have".into());
        token.map(|token| Token::parse(&token).map_err(invalid)).transpose()
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSource")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_is_in_no_debug_text_and_no_error() {
        let source = TokenSource::fixed("the-secret");
        let header = source.get(false).await.unwrap().unwrap().authorization();
        assert_eq!(header, "Bearer the-secret");
        let error = TokenSource::fixed("the-secret\n").get(false).await.err().unwrap();
        for text in [format!("{source:?}"), format!("{header:?}"), format!("{error:?}"), error.to_string()] {
            assert!(!text.contains("the-secret"), "{text}");
        }
    }
}
