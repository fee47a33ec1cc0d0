//! Requests with a JSON body.

use http::Method;
use lambda_http::{Request, RequestExt as _};
use serde_json::{Map, Value};
use usher_store::{IdempotencyKey, IdempotentRequest};

use crate::http::{
    fields::{FromFields, from_body},
    json::parse_object,
    problem::Problem,
    request::{MAX_BODY_BYTES, RequestExt as _},
};

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
    fn idempotent_json<T: FromFields>(&self) -> Result<(T, Option<IdempotentRequest>), Problem>;
}

impl JsonRequest for Request {
    fn json_object(&self) -> Result<Map<String, Value>, Problem> {
        parse_object(json_body(self)?)
    }

    fn json<T: FromFields>(&self) -> Result<T, Problem> {
        from_body(self.json_object()?)
    }

    fn idempotent_json<T: FromFields>(&self) -> Result<(T, Option<IdempotentRequest>), Problem> {
        let body = json_body(self)?;
        let key = idempotency_key(self)?;
        let object = parse_object(body)?;
        let target = || format!("{} {}", self.method(), self.raw_http_path());
        let idempotency = key.map(|key| IdempotentRequest::new(key, &target(), &object));
        Ok((from_body(object)?, idempotency))
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
