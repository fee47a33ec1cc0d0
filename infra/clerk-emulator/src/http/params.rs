//! The parameters of a Backend API request: a JSON object without unknown fields.

use aws_smithy_types::date_time::{DateTime, Format};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use serde_json::{Map, Value};

use crate::http::{api_error::ApiError, error_entry::ErrorEntry};

/// The fields of a body, which are taken out one by one. Mistakes are collected, so that one response names them all.
///
/// A field that is absent reads as `None`. A field that is `null` reads as `Some(None)`.
pub(crate) struct Params {
    fields: Map<String, Value>,
    errors: Vec<ErrorEntry>,
}

impl Params {
    /// Returns the parameters of a request without a body.
    pub(crate) fn empty() -> Self {
        Map::new().into()
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<Option<String>> {
        self.typed(name, "string", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    pub(crate) fn texts(&mut self, name: &str) -> Option<Option<Vec<String>>> {
        self.typed(name, "array of strings", |value| serde_json::from_value(value).ok())
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<Option<bool>> {
        self.typed(name, "boolean", |value| value.as_bool())
    }

    pub(crate) fn integer(&mut self, name: &str) -> Option<Option<i64>> {
        self.typed(name, "integer", |value| value.as_i64())
    }

    /// Takes an integer within these bounds. `None` if it is absent, null or wrong.
    pub(crate) fn integer_within(&mut self, name: &str, minimum: i64, maximum: i64) -> Option<i64> {
        let number = self.integer(name).flatten()?;
        let is_within = (minimum..=maximum).contains(&number);
        if !is_within {
            self.refuse(ErrorEntry::wrong_format(name, &format!("an integer from {minimum} to {maximum}")));
        }
        is_within.then_some(number)
    }

    /// Takes a text that is one of the names, and returns its value. `None` if it is absent, null or wrong.
    pub(crate) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(name).flatten()?;
        let chosen = choices.iter().find(|(known, _)| *known == text).map(|(_, value)| *value);
        if chosen.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let (last, others) = names.split_last().unwrap_or((&"", &[]));
            self.refuse(ErrorEntry::wrong_format(name, &format!("{} or {last}", others.join(", "))));
        }
        chosen
    }

    /// Refuses the request if a field is absent or null.
    pub(crate) fn require(&mut self, name: &str) {
        if self.fields.get(name).is_none_or(Value::is_null) {
            self.refuse(ErrorEntry::missing(name));
        }
    }

    pub(crate) fn object(&mut self, name: &str) -> Option<Option<Map<String, Value>>> {
        self.typed(name, "object", |value| match value {
            Value::Object(fields) => Some(fields),
            _ => None,
        })
    }

    /// Takes an RFC 3339 date and time, and returns milliseconds since the epoch.
    pub(crate) fn time(&mut self, name: &str) -> Option<Option<i64>> {
        let text = match self.text(name)? {
            Some(text) => text,
            None => return Some(None),
        };
        let time = DateTime::from_str(&text, Format::DateTimeWithOffset).ok();
        let ms = time.and_then(|time| time.to_millis().ok());
        if ms.is_none() {
            self.refuse(ErrorEntry::wrong_time(name));
        }
        ms.map(Some)
    }

    /// Takes out fields that Clerk knows and that have no effect here.
    pub(crate) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.fields.remove(*name);
        }
    }

    pub(crate) fn refuse(&mut self, error: ErrorEntry) {
        self.errors.push(error);
    }

    /// Returns an error if anything was refused, or if fields are left.
    pub(crate) fn finish(mut self) -> Result<(), ApiError> {
        let unknown = self.fields.keys().map(|name| ErrorEntry::unknown(name));
        self.errors.extend(unknown);
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(ApiError::params(self.errors))
    }

    fn typed<T>(&mut self, name: &str, kind: &str, read: impl FnOnce(Value) -> Option<T>) -> Option<Option<T>> {
        let value = self.fields.remove(name)?;
        if value.is_null() {
            return Some(None);
        }
        let read = read(value);
        if read.is_none() {
            self.errors.push(ErrorEntry::wrong_type(name, kind));
        }
        read.map(Some)
    }
}

impl From<Map<String, Value>> for Params {
    fn from(fields: Map<String, Value>) -> Self {
        Self { fields, errors: Vec::new() }
    }
}

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let headers = request.headers().clone();
        let body = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::body_too_large(),
            _ => ApiError::invalid_body(),
        })?;
        // `curl -X POST` without a body is the usual request for a token.
        if body.is_empty() {
            return Ok(Self::empty());
        }
        require_json(&headers)?;
        let fields: Map<String, Value> = serde_json::from_slice(&body).map_err(|_| ApiError::invalid_body())?;
        Ok(fields.into())
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(ApiError::unsupported_content_type(media_type))
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use serde_json::json;

    use super::*;

    fn params(value: Value) -> Params {
        serde_json::from_value::<Map<String, Value>>(value).unwrap().into()
    }

    #[test]
    fn an_absent_field_differs_from_a_null_one() {
        let mut params = params(json!({"a": null, "b": "x"}));
        assert_eq!(params.text("a"), Some(None));
        assert_eq!(params.text("b"), Some(Some("x".to_owned())));
        assert_eq!(params.text("c"), None);
        params.finish().unwrap();
    }

    #[test]
    fn a_time_with_any_offset_is_read_as_milliseconds() {
        let mut params = params(json!({"a": "2012-10-20T07:15:20.902Z", "b": "2012-10-20T09:15:20.902+02:00"}));
        assert_eq!(params.time("a"), Some(Some(1_350_717_320_902)));
        assert_eq!(params.time("b"), Some(Some(1_350_717_320_902)));
    }

    #[tokio::test]
    async fn one_response_names_every_wrong_parameter() {
        let mut params = params(json!({"a": 1, "b": "yes", "c": "yesterday", "d": 1}));
        params.text("a");
        params.flag("b");
        params.time("c");
        let response = params.finish().unwrap_err().into_response();
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let errors: Vec<(&str, &str)> = body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["code"].as_str().unwrap(), error["meta"]["param_name"].as_str().unwrap()))
            .collect();
        let expected = [
            ("form_param_type_invalid", "a"),
            ("form_param_type_invalid", "b"),
            ("form_param_invalid_time", "c"),
            ("form_param_unknown", "d"),
        ];
        assert_eq!(errors, expected);
    }
}
