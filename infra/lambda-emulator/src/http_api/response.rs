//! The HTTP response for the result of a function: payload format 2.0.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

/// Headers of a function's response that are dropped: they describe one connection, or the server writes them itself.
const DROPPED: [&str; 4] = ["connection", "content-length", "keep-alive", "transfer-encoding"];

/// Builds the response. Returns `None` for a payload that API Gateway reports as malformed.
pub(crate) fn build_response(payload: &[u8]) -> Option<Response> {
    let payload: Value = serde_json::from_slice(payload).ok()?;
    match &payload {
        Value::Object(members) if members.contains_key("statusCode") => formatted_response(members),
        // Without a statusCode, the document itself is the body.
        Value::String(text) => Some(json_response(Body::from(text.clone()))),
        document => Some(json_response(Body::from(document.to_string()))),
    }
}

fn json_response(body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}

fn formatted_response(members: &Map<String, Value>) -> Option<Response> {
    let status = members.get("statusCode")?.as_u64().and_then(|status| u16::try_from(status).ok());
    let status = StatusCode::from_u16(status?).ok().filter(|status| status.as_u16() >= 200)?;
    let encoded = members.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or_default();
    let body = match members.get("body") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) if encoded => STANDARD.decode(text).ok()?,
        Some(Value::String(text)) => text.clone().into_bytes(),
        Some(_) => return None,
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers(members)?;
    Some(response)
}

fn headers(members: &Map<String, Value>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in object(members.get("headers"))? {
        headers.insert(header_name(name)?, header_value(value)?);
    }
    for (name, values) in object(members.get("multiValueHeaders"))? {
        let name = header_name(name)?;
        // The values replace the single value of the same name.
        headers.remove(&name);
        for value in values.as_array()? {
            headers.append(name.clone(), header_value(value)?);
        }
    }
    for name in DROPPED {
        headers.remove(name);
    }
    if let Some(Value::Array(cookies)) = members.get("cookies") {
        for cookie in cookies {
            headers.append("set-cookie", header_value(cookie)?);
        }
    }
    headers.entry("content-type").or_insert(HeaderValue::from_static("text/plain;charset=UTF-8"));
    Some(headers)
}

/// The members of an object that may be absent. Returns `None` if the value is not an object.
fn object(value: Option<&Value>) -> Option<impl Iterator<Item = (&String, &Value)>> {
    let members = match value {
        None | Some(Value::Null) => None,
        Some(Value::Object(members)) => Some(members),
        Some(_) => return None,
    };
    Some(members.into_iter().flatten())
}

fn header_name(name: &str) -> Option<HeaderName> {
    HeaderName::try_from(name).ok()
}

fn header_value(value: &Value) -> Option<HeaderValue> {
    match value {
        Value::String(text) => HeaderValue::from_str(text).ok(),
        Value::Number(_) | Value::Bool(_) => HeaderValue::from_str(&value.to_string()).ok(),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn response(payload: &str) -> Option<(u16, HeaderMap, String)> {
        let response = build_response(payload.as_bytes())?;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Some((parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap()))
    }

    #[tokio::test]
    async fn status_headers_cookies_and_body_are_passed_on() {
        let payload = r#"{"statusCode":201,"headers":{"ETag":"\"1\"","x-n":5,"content-length":"99"},
            "multiValueHeaders":{"vary":["a","b"]},"cookies":["a=1","b=2"],"body":"aGk=","isBase64Encoded":true}"#;
        let (status, headers, body) = response(payload).await.unwrap();
        assert_eq!((status, body.as_str()), (201, "hi"));
        assert_eq!(
            (&headers["etag"], &headers["x-n"]),
            (&HeaderValue::from_static("\"1\""), &HeaderValue::from_static("5"))
        );
        assert_eq!(headers.get_all("vary").iter().count(), 2);
        assert_eq!(headers.get_all("set-cookie").iter().count(), 2);
        assert_eq!(headers.get("content-length"), None);
        assert_eq!(headers["content-type"], "text/plain;charset=UTF-8");
    }

    #[tokio::test]
    async fn a_document_without_a_status_is_the_body() {
        for (payload, expected) in [(r#"{"a":1}"#, r#"{"a":1}"#), ("[1]", "[1]"), (r#""hi""#, "hi"), ("null", "null")] {
            let (status, headers, body) = response(payload).await.unwrap();
            assert_eq!((status, body.as_str()), (200, expected));
            assert_eq!(headers["content-type"], "application/json");
        }
    }

    #[tokio::test]
    async fn malformed_responses_are_refused() {
        for payload in [
            "",
            r#"{"statusCode":"200"}"#,
            r#"{"statusCode":99}"#,
            r#"{"statusCode":101}"#,
            r#"{"statusCode":200,"body":{"a":1}}"#,
            r#"{"statusCode":200,"body":"!","isBase64Encoded":true}"#,
            r#"{"statusCode":200,"headers":{"bad name":"x"}}"#,
            r#"{"statusCode":200,"headers":{"x":"a\nb"}}"#,
            r#"{"statusCode":200,"headers":[]}"#,
        ] {
            assert!(response(payload).await.is_none(), "{payload}");
        }
    }
}
