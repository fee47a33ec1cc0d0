//! The issuer of a Clerk instance's tokens.

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use url::Url;
use usher_http::is_secure;

/// Publishable keys are unpadded, and Clerk also reads padded ones (`@clerk/shared` 4.41, `src/keys.ts`).
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The issuer of a Clerk instance: `https://<slug>.clerk.accounts.dev` or `https://clerk.<domain>`, without a slash at
/// its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer(String);

/// The reason that a text does not name an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// The text is not an `https` URL that consists of a lower-case host only.
    #[error("must be https://<host>, in lower case and without a password (http only for this machine)")]
    NotAnIssuer,
    /// Not `pk_test_…` or `pk_live_…` followed by the base64 of a host and `$`.
    #[error("must be pk_test_… or pk_live_… as the Clerk dashboard shows it")]
    NotAPublishableKey,
}

impl Issuer {
    /// Parses an issuer. Removes slashes at its end, because Clerk's `iss` has none. `http` is accepted for this
    /// machine only ([`is_secure`]).
    ///
    /// # Errors
    /// The text is not such a URL.
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let text = text.trim().trim_end_matches('/');
        let url = Url::parse(text).map_err(|_| IssuerError::NotAnIssuer)?;
        // `iss` is compared as a string, so the text must be the normal form of the URL's origin.
        let is_origin = url.origin().ascii_serialization() == text;
        (is_secure(&url) && is_origin).then(|| Self(text.to_owned())).ok_or(IssuerError::NotAnIssuer)
    }

    /// Derives the issuer from a publishable key: `pk_test_` or `pk_live_`, then the base64 of the host and `$`.
    ///
    /// # Errors
    /// The text is not a publishable key.
    pub fn from_publishable_key(key: &str) -> Result<Self, IssuerError> {
        let key = key.trim();
        key.strip_prefix("pk_test_")
            .or_else(|| key.strip_prefix("pk_live_"))
            .and_then(|encoded| BASE64.decode(encoded).ok())
            .and_then(|decoded| String::from_utf8(decoded).ok())
            .and_then(|host| Self::parse(&format!("https://{}", host.strip_suffix('$')?)).ok())
            .ok_or(IssuerError::NotAPublishableKey)
    }

    /// Returns whether this is a development instance, whose keys are `pk_test_…` and `sk_test_…`. Returns `None` for
    /// an issuer on this machine, whose URL does not show it.
    pub fn is_development(&self) -> Option<bool> {
        let host = self.0.strip_prefix("https://")?;
        Some(host.ends_with(".accounts.dev"))
    }

    /// Returns the value that the claim `iss` must equal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
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
    fn a_publishable_key_needs_no_padding_to_name_the_issuer() {
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
