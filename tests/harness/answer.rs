//! Answers of the API, and what is to be said of them.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer. Its assertions name the exchange they are about.
#[derive(Debug)]
pub struct Answer {
    /// What was asked, and the row of a table it belongs to.
    pub exchange: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
    /// The last log lines at that time, for messages.
    pub log: String,
}

impl Answer {
    /// Puts the name of a row of a table before that of the exchange.
    #[must_use]
    pub fn labeled(mut self, row: &str) -> Self {
        self.exchange = format!("[{row}] {}", self.exchange);
        self
    }

    /// A header that is there once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        assert!(values.next().is_none(), "{}: {name} is there twice", self.exchange);
        value.to_str().ok()
    }

    /// A success of this status, and its JSON.
    #[track_caller]
    pub fn expect_json(&self) -> Value {
        self.assert_status(200);
        self.parsed("application/json")
    }

    /// Something was made: 201, and its JSON.
    #[track_caller]
    pub fn expect_created(&self) -> Value {
        self.assert_status(201);
        self.parsed("application/json")
    }

    /// Done, and nothing to be said: 204.
    #[track_caller]
    pub fn assert_no_content(&self) {
        self.assert_status(204);
        assert_eq!(self.body, "", "{}", self.story());
    }

    /// The fields that a problem names.
    #[track_caller]
    pub fn fields(&self) -> Vec<String> {
        let problem: Value =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.story()));
        let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let field = |error: &Value| {
            assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{}", self.story());
            error["field"].as_str().unwrap_or_else(|| panic!("{}", self.story())).to_owned()
        };
        errors.iter().map(field).collect()
    }

    /// The webhook did this.
    #[track_caller]
    pub fn assert_outcome(&self, outcome: &str) {
        assert_eq!(self.expect_json(), serde_json::json!({"outcome": outcome}), "{}", self.story());
    }

    /// A problem as RFC 9457 and the API's own rules want it; answers its `detail`.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> String {
        self.assert_status(status);
        let problem = self.parsed("application/problem+json");
        assert_eq!(problem["type"], format!("urn:usher:problem:{code}"), "{}", self.story());
        assert_eq!(problem["status"], status, "{}", self.story());
        for member in ["title", "detail", "request_id"] {
            let text = problem[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{member} says nothing: {}", self.story());
        }
        problem["detail"].as_str().unwrap_or_default().to_owned()
    }

    /// 401, with the challenge that RFC 6750 wants; answers `detail`.
    #[track_caller]
    pub fn expect_unauthorized(&self, code: &str) -> String {
        let detail = self.expect_problem(401, code);
        let challenge = if code == "no-token" { "Bearer" } else { r#"Bearer error="invalid_token""# };
        assert_eq!(self.header("www-authenticate"), Some(challenge), "{}", self.story());
        detail
    }

    /// Whether the status is this one.
    #[track_caller]
    pub fn assert_status(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", self.story());
    }

    #[track_caller]
    fn parsed(&self, content_type: &str) -> Value {
        assert_eq!(self.header("content-type"), Some(content_type), "{}", self.story());
        assert_eq!(self.header("cache-control"), Some("no-store"), "{}", self.story());
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.story()))
    }

    fn story(&self) -> String {
        let Self { exchange, status, headers, body, log } = self;
        format!("{exchange}\n  {status} {headers:?}\n  {body}\n  last log lines:\n    {log}")
    }
}
