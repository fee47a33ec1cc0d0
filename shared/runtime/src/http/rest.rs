//! Parsing of API Gateway's events of a REST API (payload format 1.0).

use std::collections::BTreeMap;

use http::Uri;
use lambda_http::{Request, RequestExt, aws_lambda_events::apigw::ApiGatewayProxyRequest};
use serde_json::value::RawValue;
use usher_contract::ProblemCode;

use crate::http::{
    event::{self, body},
    extensions::{CallerSlot, Route},
    problem::Problem,
};

/// Parses an event of either payload format. `cargo lambda watch` sends every request in format 2.0.
///
/// # Errors
/// As [`request`].
pub(crate) fn any_request(text: &str) -> Result<Request, Problem> {
    if is_of_http_api(text) { event::request(text) } else { request(text) }
}

/// Returns the route of an event of either payload format.
pub(crate) fn any_route_key(text: &str) -> String {
    if is_of_http_api(text) { event::route_key(text) } else { route_key(text) }
}

fn is_of_http_api(text: &str) -> bool {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    members.contains_key("rawPath")
}

/// Parses an event into a request, as [`crate::http::event::request`] does for the other payload format.
///
/// # Errors
/// 400: the event is not what API Gateway sends, or a part of it is not what HTTP allows. No error quotes the event.
fn request(event: &str) -> Result<Request, Problem> {
    let route = route_key(event);
    let event: ApiGatewayProxyRequest =
        serde_json::from_str(event).map_err(|_| malformed("the request has a part that HTTP does not allow"))?;
    let path = event.path.unwrap_or_default();
    let uri = Uri::try_from(path.as_str()).map_err(|_| malformed("the path is not part of a URI"))?;
    let body = body(event.body, event.is_base64_encoded)?;

    let mut request = Request::new(body)
        .with_raw_http_path(path)
        .with_path_parameters(event.path_parameters)
        .with_query_string_parameters(event.multi_value_query_string_parameters);
    *request.uri_mut() = uri;
    *request.method_mut() = event.http_method;
    // Has every value of a repeated header.
    *request.headers_mut() = event.multi_value_headers;
    request.extensions_mut().insert(Route(route));
    request.extensions_mut().insert(CallerSlot::default());
    Ok(request)
}

/// Returns the route of an event as callers see it, with the stage: `GET /stream/users/me/export`. Returns an empty
/// text if the event has none. The path is a text of the template, so nothing of the caller is in it.
fn route_key(event: &str) -> String {
    // Not structs, because serde_json also accepts an array as one.
    let members = |json| serde_json::from_str::<BTreeMap<String, &RawValue>>(json).unwrap_or_default();
    let text = |members: &BTreeMap<String, &RawValue>, name: &str| {
        members.get(name).and_then(|text| serde_json::from_str::<String>(text.get()).ok())
    };
    let event = members(event);
    let context = event.get("requestContext").map(|context| members(context.get())).unwrap_or_default();
    match (text(&context, "httpMethod"), text(&context, "stage"), text(&event, "resource")) {
        (Some(method), Some(stage), Some(resource)) => format!("{method} /{stage}{resource}"),
        _ => String::new(),
    }
}

fn malformed(detail: &str) -> Problem {
    Problem::new(ProblemCode::Malformed, detail)
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::{Value, json};

    use super::*;
    use crate::http::{query::check_query, request::RequestExt as _};

    fn event() -> Value {
        json!({
            "resource": "/threads/{thread_id}/replies", "path": "/threads/1/replies", "httpMethod": "POST",
            "headers": {"Authorization": "Bearer other", "Host": "h"},
            "multiValueHeaders": {"Authorization": ["Bearer secret"], "Host": ["h"], "Accept": ["a", "b"]},
            "queryStringParameters": {"offset": "2"}, "multiValueQueryStringParameters": {"offset": ["1", "2"]},
            "pathParameters": {"thread_id": "1"}, "stageVariables": null, "body": "/wA=", "isBase64Encoded": true,
            "requestContext": {"httpMethod": "POST", "stage": "stream", "resourcePath": "/threads/{thread_id}/replies"}
        })
    }

    #[test]
    fn a_rest_event_becomes_an_http_request() {
        let request = request(&event().to_string()).unwrap();
        assert_eq!((request.method(), request.uri().path()), (&Method::POST, "/threads/1/replies"));
        assert_eq!(request.header("authorization"), Some("Bearer secret"));
        assert_eq!(request.headers().get_all("accept").iter().count(), 2);
        assert_eq!(request.path_parameter("thread_id"), Some("1"));
        assert_eq!(request.bytes(2), Ok([255, 0].as_slice()));
        assert_eq!(crate::http::extensions::route(&request), "POST /stream/threads/{thread_id}/replies");
        let errors = check_query(&request).unwrap_err();
        assert_eq!(errors.errors().iter().map(|error| &*error.field).collect::<Vec<_>>(), ["offset"]);
    }

    #[test]
    fn an_event_of_cargo_lambda_watch_is_read_too() {
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/stream/users/me/export", "headers": {},
            "requestContext": {"http": {"method": "GET"}}
        });
        let request = any_request(&event.to_string()).unwrap();
        assert_eq!(request.uri().path(), "/stream/users/me/export");
        assert_eq!(any_route_key(&event.to_string()), "$default");
        assert_eq!(any_route_key(&self::event().to_string()), "POST /stream/threads/{thread_id}/replies");
    }

    #[test]
    fn a_request_without_a_query_or_parameters_is_read() {
        let mut event = event();
        for name in ["queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "body"] {
            event[name] = Value::Null;
        }
        let request = request(&event.to_string()).unwrap();
        assert_eq!((check_query(&request), request.bytes(0)), (Ok(()), Ok([].as_slice())));
    }

    #[test]
    fn a_rest_event_that_is_not_http_is_not_quoted() {
        let changes: [(&str, Value); 4] = [
            ("/multiValueHeaders/Authorization", json!(["Bearer secret\n"])),
            ("/path", json!("/secret path")),
            ("/httpMethod", json!("secret method")),
            ("/requestContext/identity", json!("secret")),
        ];
        for (pointer, value) in changes {
            let mut event = event();
            event["requestContext"]["identity"] = json!({});
            *event.pointer_mut(pointer).unwrap() = value;
            let problem = request(&event.to_string()).unwrap_err();
            assert_eq!(problem.status(), 400, "{pointer}");
            assert!(!problem.detail().contains("secret"), "{}", problem.detail());
            assert_eq!(route_key(&event.to_string()), "POST /stream/threads/{thread_id}/replies");
        }
        for event in ["null", "[]", "{}", r#"{"requestContext":["x"]}"#, "{"] {
            assert_eq!(route_key(event), "");
        }
    }
}
