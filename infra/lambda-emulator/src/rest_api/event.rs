//! The event of a request: payload format 1.0 of API Gateway's REST API ("Input format of a Lambda function for proxy
//! integration").

use std::{
    collections::BTreeMap,
    net::IpAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::http::{Version, request::Parts};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    account::ACCOUNT_ID, clf_time::clf_time, percent_decode::query_pairs, routing::route::MatchedRoute,
    trace_id::new_trace_id,
};

/// Names with all their values.
type Values = BTreeMap<String, Vec<String>>;

/// A request whose body has been read.
pub(crate) struct ReceivedRequest<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) body: &'a Bytes,
    pub(crate) source_ip: IpAddr,
    pub(crate) request_id: &'a str,
    pub(crate) stage: &'a str,
}

impl ReceivedRequest<'_> {
    /// Returns the event. Members without a value are `null`.
    pub(crate) fn event(&self, route: &MatchedRoute<'_>, force_base64: bool) -> Value {
        let uri = &self.parts.uri;
        let headers = self.headers();
        let first = |name: &str| headers.get(name).and_then(|values| values.first()).cloned();
        let domain = first("Host").unwrap_or_default();
        let prefix = format!("/{}", self.stage);
        let below_stage = |path: &str| path.strip_prefix(&prefix).unwrap_or(path).to_owned();
        let resource = below_stage(&route.route.path);
        let mut query = Values::new();
        for (name, value) in query_pairs(uri.query().unwrap_or_default()) {
            query.entry(name).or_default().push(value);
        }
        let text = std::str::from_utf8(self.body).ok().filter(|_| !force_base64);
        let body = match text {
            _ if self.body.is_empty() => Value::Null,
            Some(text) => json!(text),
            None => json!(STANDARD.encode(self.body)),
        };
        let now = SystemTime::now();
        json!({
            "resource": resource,
            // A REST API does not decode the path.
            "path": below_stage(uri.path()),
            "httpMethod": self.parts.method.as_str(),
            "headers": last_values(&headers),
            "multiValueHeaders": or_null(&headers),
            "queryStringParameters": last_values(&query),
            "multiValueQueryStringParameters": or_null(&query),
            "pathParameters": if route.parameters.is_empty() { Value::Null } else { json!(route.parameters) },
            "stageVariables": null,
            "requestContext": {
                "accountId": ACCOUNT_ID,
                "apiId": "local",
                "domainName": domain,
                "domainPrefix": domain.split(['.', ':']).next().unwrap_or_default(),
                "extendedRequestId": self.request_id,
                "httpMethod": self.parts.method.as_str(),
                "identity": {
                    "accessKey": null, "accountId": null, "caller": null, "cognitoAuthenticationProvider": null,
                    "cognitoAuthenticationType": null, "cognitoIdentityId": null, "cognitoIdentityPoolId": null,
                    "principalOrgId": null, "sourceIp": self.source_ip.to_string(), "user": null,
                    "userAgent": first("User-Agent"), "userArn": null,
                },
                "path": uri.path(),
                "protocol": if self.parts.version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" },
                "requestId": self.request_id,
                "requestTime": clf_time(now),
                "requestTimeEpoch": now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64,
                "resourceId": "local",
                "resourcePath": resource,
                "stage": self.stage,
            },
            "body": body,
            "isBase64Encoded": !self.body.is_empty() && text.is_none(),
        })
    }

    /// The headers, and those that the gateway adds. API Gateway passes names on as they were sent; the server has them
    /// in lower case only, so they are written as browsers of HTTP/1.1 do.
    fn headers(&self) -> Values {
        let mut headers = Values::new();
        for (name, value) in &self.parts.headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            headers.entry(capitalized(name.as_str())).or_default().push(value);
        }
        let source = self.source_ip.to_string();
        let forwarded = headers.get("X-Forwarded-For").and_then(|values| values.last()).cloned();
        let forwarded = forwarded.map_or_else(|| source.clone(), |known| format!("{known}, {source}"));
        let host = headers.get("Host").and_then(|values| values.first());
        let port = host.and_then(|host| host.rsplit_once(':')).map_or("80", |(_, port)| port).to_owned();
        headers.insert("X-Forwarded-For".to_owned(), vec![forwarded]);
        headers.insert("X-Forwarded-Proto".to_owned(), vec!["http".to_owned()]);
        headers.insert("X-Forwarded-Port".to_owned(), vec![port]);
        headers.entry("X-Amzn-Trace-Id".to_owned()).or_insert_with(|| vec![new_trace_id()]);
        headers
    }
}

/// The last value of each name, or `null` if there is none.
fn last_values(values: &Values) -> Value {
    if values.is_empty() {
        return Value::Null;
    }
    values.iter().map(|(name, values)| (name.clone(), json!(values.last()))).collect()
}

fn or_null(values: &Values) -> Value {
    if values.is_empty() { Value::Null } else { json!(values) }
}

fn capitalized(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str())).unwrap_or_default()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};

    use super::*;
    use crate::template::{Route, RouteApi};

    fn event(request: axum::http::request::Builder, body: &'static [u8], parameters: &[(&str, &str)]) -> Value {
        let (parts, _) = request.body(Body::empty()).unwrap().into_parts();
        let source_ip = IpAddr::from([127, 0, 0, 1]);
        let body = Bytes::from_static(body);
        let received = ReceivedRequest { parts: &parts, body: &body, source_ip, request_id: "id", stage: "stream" };
        let route = Route {
            method: "POST".to_owned(),
            path: "/stream/threads/{thread_id}/replies".to_owned(),
            place: "template.yaml:1".to_owned(),
            api: RouteApi::Rest,
            timeout: None,
        };
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let matched = MatchedRoute { function: "f", route: &route, route_key: String::new(), parameters };
        received.event(&matched, false)
    }

    #[test]
    fn the_event_has_the_shape_of_a_rest_api() {
        let request = Request::post("/stream/threads/a%20b/replies?x=1&y=a%2Bb+c&x=2")
            .header("host", "localhost:3000")
            .header("user-agent", "test")
            .header("accept", "a")
            .header("accept", "b")
            .header("x-forwarded-for", "10.0.0.1");
        let event = event(request, b"{}", &[("thread_id", "a b")]);
        assert_eq!(event["resource"], "/threads/{thread_id}/replies");
        assert_eq!(event["path"], "/threads/a%20b/replies");
        assert_eq!(event["pathParameters"], json!({"thread_id": "a b"}));
        assert_eq!(event["queryStringParameters"], json!({"x": "2", "y": "a+b c"}));
        assert_eq!(event["multiValueQueryStringParameters"], json!({"x": ["1", "2"], "y": ["a+b c"]}));
        assert_eq!(
            (&event["headers"]["Accept"], &event["multiValueHeaders"]["Accept"]),
            (&json!("b"), &json!(["a", "b"]))
        );
        assert_eq!(event["headers"]["X-Forwarded-For"], "10.0.0.1, 127.0.0.1");
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("{}"), &json!(false)));
        let context = &event["requestContext"];
        assert_eq!((&context["stage"], &context["path"]), (&json!("stream"), &json!("/stream/threads/a%20b/replies")));
        assert_eq!(context["resourcePath"], "/threads/{thread_id}/replies");
        assert_eq!(context["identity"]["userAgent"], "test");
    }

    #[test]
    fn what_a_request_does_not_have_is_null() {
        let event = event(Request::get("/stream/threads/1/replies"), b"", &[]);
        for name in ["queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "body"] {
            assert_eq!(event[name], Value::Null, "{name}");
        }
    }

    #[test]
    fn a_body_that_is_no_text_is_base64() {
        let event = event(Request::post("/stream/x"), &[255], &[]);
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
    }
}
