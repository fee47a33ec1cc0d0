//! JSON bodies. An error names the field and the rule, and never quotes the value.

use http::Method;
use lambda_http::{Request, RequestExt as _};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use usher_store::{IdempotencyKey, IdempotentRequest, Object};

use crate::http::{
    field_error::FieldErrors,
    problem::Problem,
    request::{MAX_BODY_BYTES, RequestExt as _},
};

/// A request whose body is JSON.
pub trait JsonRequest {
    /// Parses the body.
    ///
    /// # Errors
    /// 415: the content type is not JSON. 413: the body is too large. 400: the body is not JSON. 422: a field is not
    /// valid.
    fn json<T: DeserializeOwned>(&self) -> Result<T, Problem>;

    /// Parses the body and the header `Idempotency-Key`. Returns `None` for the latter if there is no such header.
    ///
    /// # Errors
    /// As [`JsonRequest::json`]. Also 400 if the key is not valid.
    fn idempotent_json<T: DeserializeOwned>(&self) -> Result<(T, Option<IdempotentRequest>), Problem>;
}

impl JsonRequest for Request {
    fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        parse(json_body(self)?)
    }

    fn idempotent_json<T: DeserializeOwned>(&self) -> Result<(T, Option<IdempotentRequest>), Problem> {
        let body = json_body(self)?;
        let target = || format!("{} {}", self.method(), self.raw_http_path());
        let idempotency = idempotency_key(self)?.map(|key| IdempotentRequest::new(key, &target(), body));
        Ok((parse(body)?, idempotency))
    }
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
    const NAME: &str = "idempotency-key";
    let Some(value) = request.headers().get(NAME) else {
        return Ok(None);
    };
    let key = value.to_str().ok().and_then(|key| IdempotencyKey::parse(key).ok());
    key.map(Some).ok_or_else(|| {
        let detail = usher_store::InvalidIdempotencyKey.to_string();
        Problem::bad_request("invalid-idempotency-key", format!("Idempotency-Key {detail}"))
    })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let Object(value) = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        problem(&path, error.inner())
    })?;
    json.end().map_err(|error| problem(".", &error))?;
    Ok(value)
}

fn problem(path: &str, error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    // serde_json names line and column, which only help if the text is not JSON.
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    match error.classify() {
        Category::Data => {
            let errors = FieldErrors::one(&field(path, reason), detail(reason));
            Problem::unprocessable("invalid-field", errors.summary()).with_errors(errors)
        }
        Category::Syntax | Category::Eof | Category::Io => {
            let problem = Problem::bad_request("malformed", format!("the body is not valid JSON: {text}"));
            match path {
                "." => problem,
                path => problem.with_errors(FieldErrors::one(&short(path), reason)),
            }
        }
    }
}

/// Returns the name of the field. serde names a missing or repeated field only in its message.
fn field(path: &str, reason: &str) -> String {
    let parent = short(path);
    let named = ["missing field `", "duplicate field `"].iter().find_map(|start| reason.strip_prefix(start));
    match named.and_then(|rest| rest.split('`').next()) {
        Some(name) if parent == "body" => name.to_owned(),
        Some(name) if parent.rsplit('.').next() != Some(name) => format!("{parent}.{name}"),
        _ => parent,
    }
}

/// Shortens the path of a field, because a caller may nest values as deeply as the parser allows.
fn short(path: &str) -> String {
    match path {
        "." => "body".into(),
        path => path.chars().take(100).collect(),
    }
}

/// Describes the error without the value, which serde's message quotes.
fn detail(reason: &str) -> String {
    match reason.rsplit_once(", expected ") {
        Some((_, expected)) if reason.starts_with("invalid ") => format!("must be {expected}"),
        _ if reason.starts_with("unknown field") => "is not a field of this request".into(),
        _ if reason.starts_with("missing field") => "is missing".into(),
        _ if reason.starts_with("duplicate field") => "is given twice".into(),
        _ => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use usher_store::NewMessage;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[expect(dead_code, reason = "parsing alone is tested")]
        user: Object<NewMessage>,
    }

    fn refused(body: &str) -> String {
        let problem = parse::<Body>(body.as_bytes()).unwrap_err();
        format!("{} {}", problem.status().as_u16(), problem.detail())
    }

    #[test]
    fn an_error_names_its_field_and_quotes_no_value() {
        for (body, expected) in [
            (r#"{}"#, "422 user is missing"),
            (r#"{"user":{"role":"user"}}"#, "422 user.content is missing"),
            (r#"{"user":{"content":""}}"#, "422 user.content must be 1 to 102400 bytes"),
            (r#"{"user":{"content":"a","content":"b"}}"#, "422 user.content is given twice"),
            (r#"{"user":{"content":["secret, expected x"]}}"#, "422 user.content must be a string"),
            (r#"{"user":{"content":"a","role":"secret"}}"#, "422 user.role must be `user` or `assistant`"),
            (r#"{"user":{"content":"a","secret":1}}"#, "422 user.secret is not a field of this request"),
            (r#"{"user":{"content":"a","parts":[{"type":"x","a":1,"a":2}]}}"#, "422 user.parts[0].a is given twice"),
            (
                r#"{"user":{"content":"a","parts":{}}}"#,
                "422 user.parts must be an array of objects that each have a type",
            ),
            (
                r#"{"user":{"content":"a","parts":[{"type":"x","data":{"a":1,"a":2}}]}}"#,
                "422 user.parts[0].data.a is given twice",
            ),
            ("[]", "422 body must be a JSON object"),
            (r#"{"user":["a"]}"#, "422 user must be a JSON object"),
        ] {
            assert_eq!(refused(body), expected, "{body}");
        }
        assert!(refused("secret").starts_with("400 the body is not valid JSON: expected value at line 1"));
        assert!(refused(r#"{"user":{"content":"a"}} x"#).starts_with("400 "));
    }

    #[test]
    fn the_reason_for_the_log_has_a_field_and_its_rule_and_no_value() {
        let reason = |body: &str| parse::<Body>(body.as_bytes()).unwrap_err().reason();
        assert_eq!(reason(r#"{"user":{"content":""}}"#), "user.content: must be 1 to 102400 bytes");
        assert_eq!(reason(r#"{"ada@example.com":1}"#), "….com: is not a field of this request");
        let key = "k".repeat(40);
        assert_eq!(reason(&format!(r#"{{"user":{{"{key}":1}}}}"#)), "user.…: is not a field of this request");
        assert!(reason("secret").starts_with("the body is not valid JSON: expected value at line 1"));
        assert_eq!(Problem::no_token().reason(), "send a Clerk session token as Authorization: Bearer");
    }

    #[test]
    fn an_error_of_deep_nesting_names_its_field() {
        let deep = format!(r#"{{"user":{{"content":"a","parts":{}"#, "[".repeat(10_000));
        let problem = parse::<Body>(deep.as_bytes()).unwrap_err();
        assert_eq!(problem.status(), 400);
        assert!(problem.errors().iter().next().unwrap().field.starts_with("user.parts"));
    }
}
