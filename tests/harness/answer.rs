//! Responses of the API, and assertions about them.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// A response of the API. Each failed assertion prints the request, the response and the last lines of the log.
#[derive(Debug)]
pub struct Answer {
    /// The method and path of the request, after the labels that [`Answer::labeled`] adds.
    pub exchange: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
    /// The last lines of the log when the response arrived.
    pub log: String,
}

impl Answer {
    /// Adds the name of a test case, which failed assertions print.
    #[must_use]
    pub fn labeled(mut self, case: &str) -> Self {
        self.exchange = format!("[{case}] {}", self.exchange);
        self
    }

    /// The value of a header. Panics if the header occurs twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        assert!(values.next().is_none(), "{}: {name} is there twice", self.exchange);
        value.to_str().ok()
    }

    /// Asserts 200 and returns the JSON.
    #[track_caller]
    pub fn expect_json(&self) -> Value {
        self.assert_status(200);
        self.expect_body("application/json")
    }

    /// Asserts 201 and returns the JSON.
    #[track_caller]
    pub fn expect_created(&self) -> Value {
        self.assert_status(201);
        self.expect_body("application/json")
    }

    /// Asserts 204 and an empty body.
    #[track_caller]
    pub fn assert_no_content(&self) {
        self.assert_status(204);
        assert_eq!(self.body, "", "{}", self.describe());
    }

    /// The fields that a problem names. Asserts that each has a detail.
    #[track_caller]
    pub fn fields(&self) -> Vec<String> {
        let problem: Value =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.describe()));
        let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let field = |error: &Value| {
            assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{}", self.describe());
            error["field"].as_str().unwrap_or_else(|| panic!("{}", self.describe())).to_owned()
        };
        errors.iter().map(field).collect()
    }

    /// Asserts the outcome of a webhook.
    #[track_caller]
    pub fn assert_outcome(&self, outcome: &str) {
        assert_eq!(self.expect_json(), serde_json::json!({"outcome": outcome}), "{}", self.describe());
    }

    /// Asserts a complete problem (RFC 9457) with this status and code. Returns its `detail`.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> String {
        self.assert_status(status);
        let problem = self.expect_body("application/problem+json");
        assert_eq!(problem["type"], format!("urn:usher:problem:{code}"), "{}", self.describe());
        assert_eq!(problem["status"], status, "{}", self.describe());
        for member in ["title", "detail", "request_id"] {
            let text = problem[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{member} is empty: {}", self.describe());
        }
        problem["detail"].as_str().unwrap_or_default().to_owned()
    }

    /// Asserts a problem with status 401 and the challenge of RFC 6750. Returns its `detail`.
    #[track_caller]
    pub fn expect_unauthorized(&self, code: &str) -> String {
        let detail = self.expect_problem(401, code);
        let challenge = if code == "no-token" { "Bearer" } else { r#"Bearer error="invalid_token""# };
        assert_eq!(self.header("www-authenticate"), Some(challenge), "{}", self.describe());
        detail
    }

    /// Asserts the status.
    #[track_caller]
    pub fn assert_status(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", self.describe());
    }

    #[track_caller]
    fn expect_body(&self, content_type: &str) -> Value {
        assert_eq!(self.header("content-type"), Some(content_type), "{}", self.describe());
        assert_eq!(self.header("cache-control"), Some("no-store"), "{}", self.describe());
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.describe()))
    }

    fn describe(&self) -> String {
        let Self { exchange, status, headers, body, log } = self;
        format!("{exchange}\n  {status} {headers:?}\n  {body}\n  last log lines:\n    {log}")
    }
}
