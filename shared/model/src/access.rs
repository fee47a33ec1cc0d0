//! The URL of a model's endpoint, and the key for it.

use std::fmt;

use http::HeaderValue;
use url::Url;
use usher_http::is_secure;

/// The URL of an endpoint's API. Only `https` is accepted, or `http` to this machine, because requests carry the key and
/// what users write.
#[derive(Debug, Clone)]
pub struct ModelUrl(Url);

/// The error of a text that is not such a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be https://<host>/v1 without a password, a query or a fragment (http only for this machine)")]
pub struct InvalidModelUrl;

/// A key of an endpoint. Its `Debug` output does not contain the key.
#[derive(Clone)]
pub struct ModelKey(HeaderValue);

/// The error of a text that is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one word of printable ASCII")]
pub struct InvalidModelKey;

impl ModelUrl {
    /// Parses the URL that a provider documents as the base URL for OpenAI's clients, for example
    /// `https://api.openai.com/v1`.
    ///
    /// # Errors
    /// The text is not such a URL.
    pub fn parse(text: &str) -> Result<Self, InvalidModelUrl> {
        let url = Url::parse(&format!("{}/", text.trim_end_matches('/'))).map_err(|_| InvalidModelUrl)?;
        let is_plain =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        if !is_plain || !is_secure(&url) {
            return Err(InvalidModelUrl);
        }
        url.join("chat/completions").map(Self).map_err(|_| InvalidModelUrl)
    }

    /// Returns the address of the chat completions.
    pub(crate) fn chat_completions(&self) -> &str {
        self.0.as_str()
    }
}

impl ModelKey {
    /// Parses a key.
    ///
    /// # Errors
    /// The text is not a key.
    pub fn parse(text: &str) -> Result<Self, InvalidModelKey> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidModelKey);
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {text}")).map_err(|_| InvalidModelKey)?;
        bearer.set_sensitive(true);
        Ok(Self(bearer))
    }

    /// Returns the value of `Authorization`, marked as sensitive.
    pub(crate) fn bearer(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for ModelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ModelKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_go_to_the_chat_completions_of_the_url() {
        for url in ["https://api.openai.com/v1", "https://api.openai.com/v1/"] {
            let url = ModelUrl::parse(url).unwrap();
            assert_eq!(url.chat_completions(), "https://api.openai.com/v1/chat/completions");
        }
        assert!(ModelUrl::parse("http://127.0.0.1:11434/v1").is_ok());
    }

    #[test]
    fn a_url_that_would_leak_the_key_is_refused() {
        for url in [
            "",
            "api.openai.com/v1",
            "http://models.example/v1",
            "https://a:b@models.example/v1",
            "https://m.example/v1?key=a",
        ] {
            assert!(ModelUrl::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_key_is_one_word_and_is_not_printed() {
        let key = ModelKey::parse("sk-secret").unwrap();
        assert_eq!(format!("{key:?}{:?}", key.bearer()), "ModelKeySensitive");
        for text in ["", "two words", "schlüssel", "line\n"] {
            assert!(ModelKey::parse(text).is_err(), "{text}");
        }
    }
}
