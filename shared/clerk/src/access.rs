//! The URL of the Backend API, and the secret key for it.

use std::fmt;

use http::HeaderValue;
use url::Url;
use usher_http::is_secure;

/// A secret key, `sk_test_…` or `sk_live_…`. Its `Debug` output does not contain the key.
#[derive(Clone)]
pub struct SecretKey(HeaderValue);

/// The error of a text that is not a secret key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be sk_test_… or sk_live_… as the Clerk dashboard shows it under API keys")]
pub struct SecretKeyError;

impl SecretKey {
    /// Parses a key.
    ///
    /// # Errors
    /// The text is not a secret key.
    pub fn parse(text: &str) -> Result<Self, SecretKeyError> {
        let rest =
            ["sk_test_", "sk_live_"].iter().find_map(|prefix| text.strip_prefix(prefix)).ok_or(SecretKeyError)?;
        if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SecretKeyError);
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {text}")).map_err(|_| SecretKeyError)?;
        bearer.set_sensitive(true);
        Ok(Self(bearer))
    }

    /// Returns whether the key belongs to a development instance.
    pub fn is_test(&self) -> bool {
        self.0.as_bytes().starts_with(b"Bearer sk_test_")
    }

    /// Returns the value of `Authorization`, marked as sensitive.
    pub(crate) fn bearer(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

/// The URL of the Backend API. Only `https` is accepted, or `http` to this machine, because requests carry the secret
/// key.
#[derive(Debug, Clone)]
pub struct ApiUrl(pub(crate) Url);

/// The error of a text that is not such a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be https://<host> without a password (http only for this machine)")]
pub struct ApiUrlError;

impl ApiUrl {
    /// The URL of Clerk's own API.
    pub const CLERK: &str = "https://api.clerk.com";

    /// Parses a URL, with or without the version at its end (`/v1`).
    ///
    /// # Errors
    /// The text is not such a URL.
    pub fn parse(text: &str) -> Result<Self, ApiUrlError> {
        let text = text.trim_end_matches('/');
        let users = format!("{}/v1/users", text.strip_suffix("/v1").unwrap_or(text));
        let url = Url::parse(&users).map_err(|_| ApiUrlError)?;
        let is_bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        (is_bare && is_secure(&url)).then_some(Self(url)).ok_or(ApiUrlError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_key_is_parsed_and_never_printed() {
        let key = SecretKey::parse("sk_test_abcDEF123").unwrap();
        assert_eq!(format!("{key:?} {:?}", key.0), "SecretKey Sensitive");
        assert!(key.is_test() && !SecretKey::parse("sk_live_abc").unwrap().is_test());
        for text in ["", "sk_test_", "pk_test_abc", "whsec_abc", "sk_test_a b", "sk_test_é", "sk_test_a\nb"] {
            assert!(SecretKey::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_api_url_is_https_or_this_machine() {
        let users = |text: &str| ApiUrl::parse(text).map(|url| url.0.to_string());
        for text in [ApiUrl::CLERK, "https://api.clerk.com/", "https://api.clerk.com/v1"] {
            assert_eq!(users(text).as_deref(), Ok("https://api.clerk.com/v1/users"), "{text}");
        }
        assert_eq!(users("http://127.0.0.1:3001").as_deref(), Ok("http://127.0.0.1:3001/v1/users"));
        for text in [
            "http://api.clerk.com",
            "http://127.example.com",
            "api.clerk.com",
            "",
            "ftp://127.0.0.1",
            "https://:p@a",
            "https://a?b",
        ] {
            assert_eq!(users(text), Err(ApiUrlError), "{text}");
        }
    }
}
