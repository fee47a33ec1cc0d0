//! Parsing of API Gateway's events (payload format 2.0).

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use http::Uri;
use lambda_http::{
    Body, Request, RequestExt,
    aws_lambda_events::{apigw::ApiGatewayV2httpRequest, query_map::QueryMap},
    request::RequestContext,
};
use serde_json::value::RawValue;
use usher_contract::{ProblemCode, limits::MAX_WEBHOOK_BYTES};

use crate::http::{
    extensions::{CallerSlot, Route},
    problem::Problem,
};

/// Parses an event into a request. `lambda_http` is not used for that. It panics if a body is not base64 or a path is
/// not a URI, and its parse error, which ends the invocation, quotes the event with the token. Here each of these is a
/// problem for the caller.
///
/// # Errors
/// 400: the event is not what API Gateway sends, or a part of it is not what HTTP allows. No error quotes the event.
pub(crate) fn request(event: &str) -> Result<Request, Problem> {
    let event: ApiGatewayV2httpRequest =
        serde_json::from_str(event).map_err(|_| malformed("the request has a part that HTTP does not allow"))?;
    let query = event.raw_query_string.unwrap_or_default();
    let path = event.raw_path.unwrap_or_default();
    let uri = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
    let uri = Uri::try_from(uri).map_err(|_| malformed("the path or the query is not part of a URI"))?;
    let body = body(event.body, event.is_base64_encoded)?;

    let mut request = Request::new(body)
        .with_raw_http_path(path)
        .with_path_parameters(event.path_parameters)
        .with_query_string_parameters(query.parse::<QueryMap>().unwrap_or_default());
    *request.uri_mut() = uri;
    *request.method_mut() = event.request_context.http.method.clone();
    *request.headers_mut() = event.headers;
    request.extensions_mut().insert(Route(event.route_key.unwrap_or_default()));
    request.extensions_mut().insert(CallerSlot::default());
    Ok(request.with_request_context(RequestContext::ApiGatewayV2(event.request_context)))
}

/// Returns the route of an event, for the log line of an event that [`request`] refuses. The route is a text of the
/// template, so nothing of the caller is in it. Returns an empty text if the event has none.
pub(crate) fn route_key(event: &str) -> String {
    // Not a struct, because serde_json also accepts an array as one.
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(event).unwrap_or_default();
    let route_key = members.get("routeKey").and_then(|text| serde_json::from_str(text.get()).ok());
    route_key.unwrap_or_default()
}

/// Returns the body as the caller sent it. API Gateway encodes some bodies in base64.
pub(crate) fn body(body: Option<String>, is_base64: bool) -> Result<Body, Problem> {
    let Some(text) = body else { return Ok(Body::Empty) };
    // Four characters are three bytes. A body that is too large for any route is not decoded, because its length
    // suffices to reject it.
    if !is_base64 || text.len() / 4 * 3 > MAX_WEBHOOK_BYTES + 2 {
        return Ok(Body::Text(text));
    }
    BASE64_STANDARD.decode(text).map(Body::Binary).map_err(|_| malformed("the body is not base64"))
}

fn malformed(detail: &str) -> Problem {
    Problem::new(ProblemCode::Malformed, detail)
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::{Value, json};
    use usher_contract::ClerkUserId;
    use usher_store::List;

    use super::*;
    use crate::http::request::RequestExt as _;

    fn event() -> Value {
        json!({
            "version": "2.0", "routeKey": "GET /threads/{thread_id}/messages", "rawPath": "/threads/1/messages",
            "rawQueryString": "limit=5&cursor=a%2Cb", "headers": {"authorization": "Bearer secret", "host": "h"},
            "pathParameters": {"thread_id": "1"}, "isBase64Encoded": false,
            "requestContext": {"http": {"method": "GET", "path": "/threads/1/messages"}, "stage": "$default"}
        })
    }

    #[test]
    fn an_event_becomes_an_http_request() {
        let request = request(&event().to_string()).unwrap();
        assert_eq!((request.method(), request.uri().path()), (&Method::GET, "/threads/1/messages"));
        assert_eq!(request.header("authorization"), Some("Bearer secret"));
        assert_eq!(request.path_parameter("thread_id"), Some("1"));
        let user = ClerkUserId::parse("user_1").unwrap();
        assert_eq!(request.page(&user, List::Threads).unwrap().1, Some("a,b"));
        assert_eq!(crate::http::extensions::route(&request), "GET /threads/{thread_id}/messages");
    }

    #[test]
    fn a_body_has_the_bytes_that_were_sent() {
        for (body, is_base64, expected) in [("aé", false, "aé".as_bytes()), ("/wA=", true, &[255, 0])] {
            let mut event = event();
            event["body"] = body.into();
            event["isBase64Encoded"] = is_base64.into();
            let request = request(&event.to_string()).unwrap();
            assert_eq!(request.bytes(3), Ok(expected));
            assert_eq!(request.bytes(1).unwrap_err().status(), 413);
        }
    }

    #[test]
    fn an_event_that_is_not_a_request_has_no_route() {
        for event in ["null", "\"secret\"", "[\"secret\"]", "{}", r#"{"routeKey":1}"#, "{"] {
            assert_eq!(route_key(event), "");
        }
    }

    #[test]
    fn an_event_that_is_not_http_is_not_quoted() {
        let changes: [(&str, Value); 7] = [
            ("/headers/authorization", json!("Bearer secret\n")),
            ("/headers/authorization", json!("Bearer secret\u{0}")),
            ("/headers", json!({"secret header": "1"})),
            ("/rawPath", json!("/secret path")),
            ("/rawQueryString", json!("secret=\u{7f} ")),
            ("/requestContext/http/method", json!("secret method")),
            ("/requestContext", json!("secret")),
        ];
        for (pointer, value) in changes {
            let mut event = event();
            *event.pointer_mut(pointer).unwrap() = value.clone();
            let problem = request(&event.to_string()).unwrap_err();
            assert_eq!(problem.status(), 400, "{pointer}: {value}");
            assert!(!problem.detail().contains("secret"), "{}", problem.detail());
            assert_eq!(route_key(&event.to_string()), "GET /threads/{thread_id}/messages");
        }
        let mut event = event();
        (event["body"], event["isBase64Encoded"]) = ("secret!".into(), true.into());
        assert_eq!(request(&event.to_string()).unwrap_err().detail(), "the body is not base64");
        event["body"] = "!".repeat(800_000).into();
        assert_eq!(request(&event.to_string()).unwrap().bytes(MAX_WEBHOOK_BYTES).unwrap_err().status(), 413);
    }
}
