//! Responses in API Gateway's payload format 2.0.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use lambda_http::{
    Body,
    aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayV2httpResponse},
};
use serde::Serialize;

/// A response.
#[derive(Debug)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Option<String>,
}

impl Response {
    /// Returns a response with this status and a value as JSON.
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        match serde_json::to_string(value) {
            Ok(text) => Self::text(status, text),
            Err(error) => {
                tracing::error!(%error, "response not serializable");
                Self::empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// Returns a 200 with a value as JSON.
    pub fn ok(value: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, value)
    }

    /// Returns a 201 with a value as JSON.
    pub fn created(value: &impl Serialize) -> Self {
        Self::json(StatusCode::CREATED, value)
    }

    /// Returns a 202 with a value as JSON.
    pub fn accepted(value: &impl Serialize) -> Self {
        Self::json(StatusCode::ACCEPTED, value)
    }

    /// Returns a 204.
    pub fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// Returns a 200 with a text that already is JSON.
    pub fn ok_text(json: String) -> Self {
        Self::text(StatusCode::OK, json)
    }

    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: None }
    }

    fn text(status: StatusCode, json: String) -> Self {
        Self { body: Some(json), ..Self::empty(status) }.content_type("application/json")
    }

    pub(crate) fn content_type(self, content_type: &'static str) -> Self {
        self.header(header::CONTENT_TYPE, HeaderValue::from_static(content_type))
    }

    /// Sets a header.
    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Returns a 304 with the headers of this response. It has no body, so no header describes one.
    pub(crate) fn into_not_modified(mut self) -> Self {
        self.headers.remove(header::CONTENT_TYPE);
        Self { headers: self.headers, ..Self::empty(StatusCode::NOT_MODIFIED) }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(crate) fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }
}

impl From<Response> for ApiGatewayV2httpResponse {
    fn from(response: Response) -> Self {
        let mut answer = Self::default();
        answer.status_code = i64::from(response.status.as_u16());
        answer.headers = response.headers;
        // The response is only for the caller, so no cache may store it.
        answer.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // A browser must not run a title as a script if it looks like one.
        answer.headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        answer.body = response.body.map(Body::Text);
        answer
    }
}

/// The response to an event of a WebSocket API, which has payload format 1.0. A gateway refuses other fields, so the
/// `cookies` of the other format must not be there.
impl From<Response> for ApiGatewayProxyResponse {
    fn from(response: Response) -> Self {
        let mut answer = Self::default();
        answer.status_code = i64::from(response.status.as_u16());
        answer.headers = response.headers;
        answer.body = response.body.map(Body::Text);
        answer
    }
}
