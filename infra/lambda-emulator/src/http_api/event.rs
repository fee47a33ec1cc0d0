//! The event of a request: payload format 2.0 of API Gateway's HTTP API.

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
    account::ACCOUNT_ID,
    clf_time::clf_time,
    percent_decode::{decode, query_pairs},
    routing::route::MatchedRoute,
    trace_id::new_trace_id,
};

/// A request whose body has been read.
pub(crate) struct ReceivedRequest<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) body: &'a Bytes,
    pub(crate) source_ip: IpAddr,
    pub(crate) request_id: &'a str,
}

impl ReceivedRequest<'_> {
    /// Returns the event. Like API Gateway, it leaves out empty cookies, parameters and bodies.
    pub(crate) fn event(&self, route: &MatchedRoute<'_>, force_base64: bool) -> Value {
        let uri = &self.parts.uri;
        let headers = self.headers();
        // The HTTP API decodes the path; the REST API does not.
        let path = decode(uri.path());
        let now = SystemTime::now();
        let domain = headers.get("host").cloned().unwrap_or_default();
        let mut event = json!({
            "version": "2.0",
            "routeKey": route.route_key,
            "rawPath": path,
            "rawQueryString": uri.query().unwrap_or_default(),
            "requestContext": {
                "accountId": ACCOUNT_ID,
                "apiId": "local",
                "domainName": domain,
                "domainPrefix": domain.split(['.', ':']).next().unwrap_or_default(),
                "http": {
                    "method": self.parts.method.as_str(),
                    "path": path,
                    "protocol": if self.parts.version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" },
                    "sourceIp": self.source_ip.to_string(),
                    "userAgent": headers.get("user-agent").cloned().unwrap_or_default(),
                },
                "requestId": self.request_id,
                "routeKey": route.route_key,
                "stage": "$default",
                "time": clf_time(now),
                "timeEpoch": now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64,
            },
            "headers": headers,
            "isBase64Encoded": false,
        });
        let cookies = self.cookies();
        if !cookies.is_empty() {
            event["cookies"] = json!(cookies);
        }
        let query = query_parameters(uri.query().unwrap_or_default());
        if !query.is_empty() {
            event["queryStringParameters"] = json!(query);
        }
        if !route.parameters.is_empty() {
            event["pathParameters"] = json!(route.parameters);
        }
        if !self.body.is_empty() {
            let text = std::str::from_utf8(self.body).ok().filter(|_| !force_base64 && self.is_text());
            event["isBase64Encoded"] = json!(text.is_none());
            event["body"] = text.map_or_else(|| json!(STANDARD.encode(self.body)), |text| json!(text));
        }
        event
    }

    /// The headers, with lower-case names, and those that the gateway adds. A comma joins repeated headers. Cookies are
    /// not among them.
    fn headers(&self) -> BTreeMap<String, String> {
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in self.parts.headers.iter().filter(|(name, _)| *name != "cookie") {
            let value = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.as_str().to_owned())
                .and_modify(|known| known.push_str(&format!(",{value}")))
                .or_insert_with(|| value.into_owned());
        }
        let source = self.source_ip.to_string();
        let forwarded =
            headers.get("x-forwarded-for").map_or_else(|| source.clone(), |known| format!("{known}, {source}"));
        let port = headers.get("host").and_then(|host| host.rsplit_once(':')).map_or("80", |(_, port)| port).to_owned();
        headers.insert("x-forwarded-for".to_owned(), forwarded);
        headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
        headers.insert("x-forwarded-port".to_owned(), port);
        headers.entry("x-amzn-trace-id".to_owned()).or_insert_with(new_trace_id);
        headers
    }

    fn cookies(&self) -> Vec<String> {
        let headers = self.parts.headers.get_all("cookie").into_iter();
        let text = headers.filter_map(|value| value.to_str().ok());
        text.flat_map(|value| value.split(';'))
            .map(str::trim)
            .filter(|cookie| !cookie.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Returns whether API Gateway passes a body of this content type on as text.
    fn is_text(&self) -> bool {
        let header = self.parts.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        media.starts_with("text/")
            || matches!(media.as_str(), "application/json" | "application/javascript" | "application/xml")
            || media.ends_with("+json")
            || media.ends_with("+xml")
    }
}

/// The decoded query parameters. A comma joins the values of a repeated name.
fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in query_pairs(query) {
        parameters.entry(name).and_modify(|known| known.push_str(&format!(",{value}"))).or_insert(value);
    }
    parameters
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};

    use super::*;
    use crate::template::{Route, RouteApi};

    fn event(request: axum::http::request::Builder, body: &'static [u8], force_base64: bool) -> Value {
        let (parts, _) = request.body(Body::empty()).unwrap().into_parts();
        let received = ReceivedRequest {
            parts: &parts,
            body: &Bytes::from_static(body),
            source_ip: IpAddr::from([127, 0, 0, 1]),
            request_id: "id",
        };
        let of_template = Route {
            method: "POST".to_owned(),
            path: "/users/{user_id}".to_owned(),
            place: "template.yaml:1".to_owned(),
            api: RouteApi::Http,
            timeout: None,
        };
        let route = MatchedRoute {
            function: "f",
            route: &of_template,
            route_key: "POST /users/{user_id}".to_owned(),
            parameters: [("user_id".to_owned(), "a b".to_owned())].into(),
        };
        received.event(&route, force_base64)
    }

    #[test]
    fn the_event_has_api_gateways_shape() {
        let request = Request::post("/users/a%20b?x=1&y=a%2Bb+c&x=2&flag")
            .header("Host", "localhost:3000")
            .header("User-Agent", "test")
            .header("Accept", "text/html")
            .header("Accept", "application/json")
            .header("Cookie", "a=1; b=2")
            .header("Content-Type", "application/json; charset=utf-8");
        let event = event(request, br#"{"a":1}"#, false);
        assert_eq!(event["version"], "2.0");
        assert_eq!(event["routeKey"], "POST /users/{user_id}");
        assert_eq!(event["rawPath"], "/users/a b");
        assert_eq!(event["rawQueryString"], "x=1&y=a%2Bb+c&x=2&flag");
        assert_eq!(event["queryStringParameters"], json!({"x": "1,2", "y": "a+b c", "flag": ""}));
        assert_eq!(event["pathParameters"], json!({"user_id": "a b"}));
        assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
        assert_eq!(event["headers"]["accept"], "text/html,application/json");
        assert_eq!(event["headers"].get("cookie"), None);
        assert_eq!(event["headers"]["x-forwarded-port"], "3000");
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(r#"{"a":1}"#), &json!(false)));
        let context = &event["requestContext"];
        assert_eq!((&context["stage"], &context["requestId"]), (&json!("$default"), &json!("id")));
        let http = json!({"method": "POST", "path": "/users/a b", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"});
        assert_eq!(context["http"], http);
        assert!(context["timeEpoch"].is_u64());
    }

    #[test]
    fn empty_members_are_left_out() {
        let event = event(Request::get("/"), b"", false);
        for member in ["body", "cookies", "queryStringParameters"] {
            assert_eq!(event.get(member), None, "{member}");
        }
        assert_eq!(event["isBase64Encoded"], false);
    }

    #[test]
    fn a_body_is_base64_unless_it_is_text() {
        let body = |media: &str, body, force| {
            let event = event(Request::post("/").header("Content-Type", media), body, force);
            (event["isBase64Encoded"] == true, event["body"].as_str().unwrap().to_owned())
        };
        let plain = (false, "hi".to_owned());
        let encoded = (true, "aGk=".to_owned());
        assert_eq!(body("text/plain", b"hi", false), plain);
        assert_eq!(body("application/merge-patch+json", b"hi", false), plain);
        assert_eq!(body("application/octet-stream", b"hi", false), encoded);
        assert_eq!(body("application/x-www-form-urlencoded", b"hi", false), encoded);
        assert_eq!(body("application/json", b"hi", true), encoded);
        assert_eq!(body("application/json", b"\xff", false), (true, "/w==".to_owned()));
    }
}
