//! The parameters of a Frontend API request: a form. Every value is a text.

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};

use crate::http::{api_error::ApiError, error_entry::ErrorEntry, query::Pairs};

/// Parameters of features that the emulator does not have. Others that it does not know are ignored, because each
/// version of Clerk's script sends some of its own.
const WITHOUT_FEATURE: [&str; 4] = ["phone_number", "username", "web3_wallet", "transfer"];

/// The fields of a form. If a name is repeated, the first one counts.
pub(super) struct Form(Pairs);

impl Form {
    /// Returns a text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.given(name).filter(|value| !value.is_empty())
    }

    /// Returns a text that may be empty.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns a text, or an error if it is absent or empty.
    pub(super) fn require(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name).ok_or_else(|| ErrorEntry::missing(name).into())
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// Returns an object, which is JSON in a text.
    pub(super) fn object(&self, name: &str) -> Result<Option<Map<String, Value>>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        serde_json::from_str(text).map(Some).map_err(|_| ErrorEntry::wrong_type(name, "object").into())
    }

    /// Refuses parameters of features that the emulator does not have.
    pub(super) fn refuse_other_features(&self) -> Result<(), ApiError> {
        let given = WITHOUT_FEATURE.into_iter().filter(|name| self.text(name).is_some());
        let errors: Vec<ErrorEntry> = given.map(ErrorEntry::unknown).collect();
        if errors.is_empty() { Ok(()) } else { Err(ApiError::params(errors)) }
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_form = request.headers().get("content-type").is_some_and(|value| {
            value.as_bytes().to_ascii_lowercase().starts_with(b"application/x-www-form-urlencoded")
        });
        if !is_form {
            return Ok(Self(Pairs::new()));
        }
        let form = axum::Form::<Pairs>::from_request(request, state).await;
        form.map(|axum::Form(pairs)| Self(pairs)).map_err(|_| ApiError::invalid_body())
    }
}
