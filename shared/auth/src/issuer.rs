//! The issuer of an instance's tokens.

use std::net::IpAddr;

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use reqwest::Url;

/// Clerk's frontend accepts publishable keys with and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The issuer of a Clerk instance: `https://<slug>.clerk.accounts.dev` or `https://clerk.<domain>`, no slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer(String);

/// A text that names no issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// The text is not an `https` URL of a lower-case host alone.
    #[error("must be https://<host>, in lower case and without a password (http only for this machine)")]
    NotAnIssuer,
    /// Not `pk_test_…` or `pk_live_…` followed by the base64 of a host and `$`.
    #[error("must be pk_test_… or pk_live_… as the Clerk dashboard shows it")]
    NotAPublishableKey,
}

impl Issuer {
    /// Reads an issuer; slashes at its end are dropped, because Clerk's `iss` has none. Plain `http` is for this
    /// machine alone (`localhost`, loopback addresses, and Docker's name for its host).
    ///
    /// # Errors
    /// The text is no such URL.
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let text = text.trim().trim_end_matches('/');
        let url = Url::parse(text).map_err(|_| IssuerError::NotAnIssuer)?;
        let host = url.host_str().unwrap_or_default();
        let secure = match url.scheme() {
            "https" => !host.is_empty(),
            "http" => is_this_machine(host),
            _ => false,
        };
        // `iss` is compared as a string. So the text must be what the URL says, and the URL nothing but its origin.
        let is_origin = url.origin().ascii_serialization() == text;
        (secure && is_origin).then(|| Self(text.to_owned())).ok_or(IssuerError::NotAnIssuer)
    }

    /// Derives the issuer from a publishable key: `pk_(test|live)_` and base64 of the host and `$`.
    ///
    /// # Errors
    /// The text is no publishable key.
    pub fn from_publishable_key(key: &str) -> Result<Self, IssuerError> {
        let key = key.trim();
        key.strip_prefix("pk_test_")
            .or_else(|| key.strip_prefix("pk_live_"))
            .and_then(|encoded| BASE64.decode(encoded).ok())
            .and_then(|decoded| String::from_utf8(decoded).ok())
            .and_then(|host| Self::parse(&format!("https://{}", host.strip_suffix('$')?)).ok())
            .ok_or(IssuerError::NotAPublishableKey)
    }

    /// Whether it is a development instance, whose keys are `pk_test_…` and `sk_test_…`; `None` on this machine, where
    /// nobody can tell.
    pub fn is_development(&self) -> Option<bool> {
        let host = self.0.strip_prefix("https://")?;
        Some(host.ends_with(".accounts.dev"))
    }

    /// The value a token's `iss` must equal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    matches!(host, "localhost" | "host.docker.internal") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_or_this_machine() {
        for text in ["https://clerk.example.com", "https://clerk.example.com/", " https://clerk.example.com\n"] {
            assert_eq!(Issuer::parse(text).unwrap().as_str(), "https://clerk.example.com");
        }
        for text in ["http://127.0.0.1:3001", "http://[::1]:3001", "http://localhost:3001"] {
            assert!(Issuer::parse(text).is_ok(), "{text}");
        }
        for text in [
            "clerk.example.com",
            "http://clerk.example.com",
            "http://127.example.com",
            "https://",
            "https://a/b",
            "https://a?b",
            "https://u@a",
            "https://:password@a",
            "https://clerk.Example.com",
            "HTTPS://clerk.example.com",
            "https://clerk.example.com:443",
            "ftp://a",
        ] {
            assert_eq!(Issuer::parse(text), Err(IssuerError::NotAnIssuer), "{text}");
        }
    }

    #[test]
    fn a_publishable_key_names_the_issuer_with_or_without_padding() {
        for key in [
            "pk_test_aGFwcHktaGlwcG8tMS5jbGVyay5hY2NvdW50cy5kZXYk",
            "pk_live_aGFwcHktaGlwcG8tMS5jbGVyay5hY2NvdW50cy5kZXYk\n",
        ] {
            assert_eq!(Issuer::from_publishable_key(key).unwrap().as_str(), "https://happy-hippo-1.clerk.accounts.dev");
        }
        assert_eq!(
            Issuer::from_publishable_key("pk_test_Y2xlcmsuYWJjLmRlJA").unwrap().as_str(),
            "https://clerk.abc.de"
        );
        assert_eq!(
            Issuer::from_publishable_key("pk_test_Y2xlcmsuYWJjLmRlJA==").unwrap().as_str(),
            "https://clerk.abc.de"
        );
        for key in ["pk_test_", "sk_test_Y2xlcmsuYWJjLmRlJA", "pk_test_Y2xlcmsuYWJjLmRl", "pk_test_%%"] {
            assert_eq!(Issuer::from_publishable_key(key), Err(IssuerError::NotAPublishableKey), "{key}");
        }
    }
}
