//! CORS as an HTTP API does it: preflights are answered by the gateway, and the functions' own CORS headers are dropped.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};

use crate::template::Cors;

const WRITTEN_BY_GATEWAY: [HeaderName; 6] = [
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
];

/// The template's `CorsConfiguration`.
#[derive(Debug)]
pub(crate) struct CorsRules {
    cors: Cors,
}

impl CorsRules {
    pub(crate) fn new(cors: Cors) -> Self {
        Self { cors }
    }

    /// The answer of a preflight; `None` for any other request. An origin or method that is not allowed gets no CORS
    /// headers, which is what makes a browser refuse.
    pub(crate) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let origin = headers.get(header::ORIGIN)?;
        let asked = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
        if method != Method::OPTIONS {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let answer = response.headers_mut();
        if any_or_contains(&self.cors.allow_methods, asked) && self.allow(origin, answer) {
            insert(answer, header::ACCESS_CONTROL_ALLOW_METHODS, &self.cors.allow_methods);
            insert(answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &self.cors.allow_headers);
            if let Some(seconds) = self.cors.max_age {
                answer.insert(header::ACCESS_CONTROL_MAX_AGE, seconds.into());
            }
        }
        Some(response)
    }

    /// Replaces the CORS headers of a response to anything but a preflight.
    pub(crate) fn decorate(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        for name in &WRITTEN_BY_GATEWAY {
            headers.remove(name);
        }
        if origin.is_some_and(|origin| self.allow(origin, headers)) {
            insert(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &self.cors.expose_headers);
        }
    }

    /// Allows the origin in `headers`; `false` when the configuration does not.
    fn allow(&self, origin: &HeaderValue, headers: &mut HeaderMap) -> bool {
        if !any_or_contains(&self.cors.allow_origins, origin) {
            return false;
        }
        if self.cors.allow_origins.iter().any(|allowed| allowed == "*") {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        } else {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        if self.cors.allow_credentials {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        true
    }
}

fn any_or_contains(allowed: &[String], asked: &HeaderValue) -> bool {
    allowed
        .iter()
        .any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(&String::from_utf8_lossy(asked.as_bytes())))
}

fn insert(headers: &mut HeaderMap, name: HeaderName, list: &[String]) {
    if let (false, Ok(value)) = (list.is_empty(), HeaderValue::from_str(&list.join(","))) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(origins: &[&str]) -> CorsRules {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        CorsRules::new(Cors {
            allow_origins: texts(origins),
            allow_methods: texts(&["GET", "POST"]),
            allow_headers: texts(&["authorization", "content-type"]),
            expose_headers: texts(&["etag"]),
            max_age: Some(600),
            allow_credentials: false,
        })
    }

    fn preflight(rules: &CorsRules, origin: &'static str, method: &'static str) -> HeaderMap {
        let headers = [(header::ORIGIN, origin), (header::ACCESS_CONTROL_REQUEST_METHOD, method)];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value))).into_iter().collect();
        let response = rules.preflight(&Method::OPTIONS, &headers).unwrap();
        assert_eq!(response.status(), 204);
        response.headers().clone()
    }

    #[test]
    fn a_preflight_is_answered_with_the_configuration() {
        let headers = preflight(&rules(&["*"]), "https://a.example", "POST");
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert_eq!(headers["access-control-allow-methods"], "GET,POST");
        assert_eq!(headers["access-control-allow-headers"], "authorization,content-type");
        assert_eq!(headers["access-control-max-age"], "600");
    }

    #[test]
    fn what_is_not_allowed_gets_no_headers() {
        let rules = rules(&["https://a.example"]);
        assert!(preflight(&rules, "https://b.example", "GET").is_empty());
        assert!(preflight(&rules, "https://a.example", "DELETE").is_empty());
        assert_eq!(preflight(&rules, "https://a.example", "GET")["access-control-allow-origin"], "https://a.example");
        assert!(rules.preflight(&Method::OPTIONS, &HeaderMap::new()).is_none());
    }

    #[test]
    fn a_functions_own_cors_headers_are_replaced() {
        let rules = rules(&["https://a.example"]);
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("https://evil.example"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("PUT"));
        rules.decorate(None, &mut headers);
        assert!(headers.is_empty());
        rules.decorate(Some(&HeaderValue::from_static("https://a.example")), &mut headers);
        assert_eq!(headers["access-control-allow-origin"], "https://a.example");
        assert_eq!(
            (&headers["vary"], &headers["access-control-expose-headers"]),
            (&HeaderValue::from_static("origin"), &HeaderValue::from_static("etag"))
        );
    }
}
