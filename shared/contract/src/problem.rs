//! Problem details (RFC 9457).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{field_error::FieldErrors, problem_code::ProblemCode};

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The body of an unsuccessful response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProblemDetails {
    /// `urn:usher:problem:<code>`.
    pub r#type: String,
    /// A short text that is the same for every problem of this type.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request. Names fields and limits, and quotes no value.
    pub detail: String,
    /// The id of the request in the log.
    pub request_id: String,
    /// The wrong fields of the request, at most 100.
    #[serde(default, skip_serializing_if = "FieldErrors::is_empty")]
    pub errors: FieldErrors,
    /// Only in `reverification-required`: the hint that Clerk's `useReverification` reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clerk_error: Option<Value>,
}

impl ProblemDetails {
    /// Returns the code. Returns `None` for a code of a later version of the API.
    pub fn code(&self) -> Option<ProblemCode> {
        ProblemCode::from_type(&self.r#type)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_problem_with_an_unknown_code_is_read() {
        let body = json!({
            "type": "urn:usher:problem:new", "title": "New", "status": 418, "detail": "", "request_id": "r", "new": 1
        });
        let problem: ProblemDetails = serde_json::from_value(body).unwrap();
        assert_eq!((problem.code(), problem.status, problem.errors.is_empty()), (None, 418, true));
    }
}
