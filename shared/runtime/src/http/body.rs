//! Requests with a JSON body.

use http::Method;
use lambda_http::{Request, RequestExt as _};
use serde::Serialize;
use serde_json::{Map, Value};
use usher_contract::{
    FromFields, IdempotencyKey, InvalidIdempotencyKey, ProblemCode, from_body, header, limits::MAX_BODY_BYTES,
};
use usher_store::IdempotentRequest;

use crate::http::{json::parse_object, problem::Problem, request::RequestExt as _};

/// A request whose body is JSON.
pub trait JsonRequest {
    /// Parses the body, which must be a JSON object.
    ///
    /// # Errors
    /// 415: the content type is not JSON. 413: the body is too large. 400: the body is not JSON. 422: the body is not
    /// an object, or repeats a name.
    fn json_object(&self) -> Result<Map<String, Value>, Problem>;

    /// Parses the body and its fields.
    ///
    /// # Errors
    /// As [`JsonRequest::json_object`]. Also 422 if fields are missing, invalid or unknown. It lists them.
    fn json<T: FromFields>(&self) -> Result<T, Problem>;

    /// Parses the body, its fields and the header `Idempotency-Key`. Returns `None` for the latter if there is no such
    /// header.
    ///
    /// # Errors
    /// As [`JsonRequest::json`]. Also 400 if the key is not valid.
    fn idempotent_json<T: FromFields + Serialize>(&self) -> Result<(T, Option<IdempotentRequest>), Problem>;
}

impl JsonRequest for Request {
    fn json_object(&self) -> Result<Map<String, Value>, Problem> {
        parse_object(json_body(self)?)
    }

    fn json<T: FromFields>(&self) -> Result<T, Problem> {
        parse_fields(self.json_object()?)
    }

    fn idempotent_json<T: FromFields + Serialize>(&self) -> Result<(T, Option<IdempotentRequest>), Problem> {
        let body = json_body(self)?;
        let key = idempotency_key(self)?;
        let body = parse_fields(parse_object(body)?)?;
        let target = || format!("{} {}", self.method(), self.raw_http_path());
        let idempotency = key.map(|key| IdempotentRequest::new(key, &target(), &body)).transpose()?;
        Ok((body, idempotency))
    }
}

pub(crate) fn parse_fields<T: FromFields>(body: Map<String, Value>) -> Result<T, Problem> {
    from_body(body).map_err(|errors| Problem::of_fields(ProblemCode::InvalidField, errors))
}

fn json_body(request: &Request) -> Result<&[u8], Problem> {
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let is_json = media_type.eq_ignore_ascii_case("application/json");
    // The body of a PATCH may also have the content type of RFC 7396 §4.
    let is_patch = request.method() == Method::PATCH;
    if is_json || is_patch && media_type.eq_ignore_ascii_case("application/merge-patch+json") {
        request.bytes(MAX_BODY_BYTES)
    } else {
        Err(Problem::unsupported_media_type(request.method()))
    }
}

fn idempotency_key(request: &Request) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(value) = request.headers().get(header::IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let key = value.to_str().ok().and_then(|key| IdempotencyKey::parse(key).ok());
    key.map(Some).ok_or_else(|| {
        let detail = InvalidIdempotencyKey.to_string();
        Problem::new(ProblemCode::InvalidIdempotencyKey, format!("Idempotency-Key {detail}"))
    })
}

#[cfg(test)]
mod tests {
    use usher_contract::CreateExchange;

    use super::*;

    fn refused(body: &str) -> Problem {
        parse_object(body.as_bytes()).and_then(parse_fields::<CreateExchange>).unwrap_err()
    }

    #[test]
    fn the_detail_is_the_first_error_and_the_number_of_others() {
        let problem = refused("{}");
        assert_eq!(problem.code(), "invalid-field");
        assert_eq!(problem.detail(), "user is missing (errors lists 1 more)");
    }

    #[test]
    fn the_logged_reason_has_fields_and_rules_and_no_value() {
        let reason = |user: &str, other: &str| {
            refused(&format!(r#"{{"user":{user},"assistant":{{"content":"a"}}{other}}}"#)).reason()
        };
        assert_eq!(reason(r#"{"content":""}"#, ""), "user.content: must be 1 to 102400 bytes");
        let mail = r#","ada@example.com":1"#;
        assert_eq!(reason(r#"{"content":"a"}"#, mail), "….com: is not a field of this request");
        let key = format!(r#"{{"content":"a","{}":1}}"#, "k".repeat(40));
        assert_eq!(reason(&key, ""), "user.…: is not a field of this request");
        assert!(reason("secret", "").starts_with("the body is not valid JSON: expected value at line 1"));
        assert_eq!(Problem::no_token().reason(), "send a Clerk session token as Authorization: Bearer");
    }
}
