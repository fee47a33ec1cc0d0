//! A session token: the header that sends it, and its user.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::header::{HeaderValue, InvalidHeaderValue};
use serde::Deserialize;

/// What precedes a token in the header (RFC 6750 §2.1).
const SCHEME: &str = "Bearer ";

/// A session token. Has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token {
    authorization: HeaderValue,
    user: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
}

impl Token {
    /// Reads a token. The claims are not verified, because the API does that.
    ///
    /// # Errors
    /// The token has characters that a header cannot have.
    pub(crate) fn parse(token: &str) -> Result<Self, InvalidHeaderValue> {
        let mut authorization = HeaderValue::from_str(&format!("{SCHEME}{token}"))?;
        authorization.set_sensitive(true);
        Ok(Self { authorization, user: user_of(token) })
    }

    /// Returns the value of the `Authorization` header. Its `Debug` text does not show the token.
    pub(crate) fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    /// Returns the token as text, so that it can be removed from other texts.
    pub(crate) fn as_str(&self) -> &str {
        self.authorization.to_str().ok().and_then(|value| value.strip_prefix(SCHEME)).unwrap_or_default()
    }

    /// Returns whether both tokens name the same user, or none.
    pub(crate) fn has_same_user(&self, other: &Self) -> bool {
        self.user == other.user
    }
}

/// Reads the user of a JWT (RFC 7519 §4.1.2).
fn user_of(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    Some(serde_json::from_slice::<Claims>(&claims).ok()?.sub)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_one_user_have_the_same_user() {
        let token = |claims: &str| Token::parse(&format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))).unwrap();
        let ada = token(r#"{"sub":"user_a","exp":1}"#);
        assert!(ada.has_same_user(&token(r#"{"exp":2,"sub":"user_a"}"#)));
        for other in [token(r#"{"sub":"user_b","exp":1}"#), token("{}"), Token::parse("opaque").unwrap()] {
            assert!(!ada.has_same_user(&other));
        }
    }
}
