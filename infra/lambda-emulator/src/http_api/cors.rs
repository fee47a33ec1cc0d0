//! CORS of an HTTP API: the gateway answers preflights itself, and replaces the functions' own CORS headers.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};

use crate::template::Cors;

/// The headers that the gateway writes. A function's own are dropped.
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

    /// Returns the response to a preflight, or `None` for any other request. If the origin or method is not allowed,
    /// the response has no CORS headers, so the browser refuses the actual request.
    pub(crate) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let origin = headers.get(header::ORIGIN)?;
        let requested = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
        if method != Method::OPTIONS {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let allowed = response.headers_mut();
        if any_or_contains(&self.cors.allow_methods, requested) && self.allow(origin, allowed) {
            insert_list(allowed, header::ACCESS_CONTROL_ALLOW_METHODS, &self.cors.allow_methods);
            insert_list(allowed, header::ACCESS_CONTROL_ALLOW_HEADERS, &self.cors.allow_headers);
            if let Some(seconds) = self.cors.max_age {
                allowed.insert(header::ACCESS_CONTROL_MAX_AGE, seconds.into());
            }
        }
        Some(response)
    }

    /// Replaces the CORS headers of a response that is not for a preflight.
    pub(crate) fn decorate(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        for name in &WRITTEN_BY_GATEWAY {
            headers.remove(name);
        }
        if origin.is_some_and(|origin| self.allow(origin, headers)) {
            insert_list(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &self.cors.expose_headers);
        }
    }

    /// Writes into `headers` that the origin is allowed. Returns `false` if the configuration does not allow it.
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

/// Returns whether a list has the value or `*`.
fn any_or_contains(allowed: &[String], requested: &HeaderValue) -> bool {
    allowed
        .iter()
        .any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(&String::from_utf8_lossy(requested.as_bytes())))
}

fn insert_list(headers: &mut HeaderMap, name: HeaderName, list: &[String]) {
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
    fn a_preflight_gets_the_configuration() {
        let headers = preflight(&rules(&["*"]), "https://a.example", "POST");
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert_eq!(headers["access-control-allow-methods"], "GET,POST");
        assert_eq!(headers["access-control-allow-headers"], "authorization,content-type");
        assert_eq!(headers["access-control-max-age"], "600");
    }

    #[test]
    fn a_foreign_origin_or_method_gets_no_cors_headers() {
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
