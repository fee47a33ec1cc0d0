//! CORS of the streaming API. A REST API answers preflights itself, but leaves the headers of every other response to
//! the function.

use http::{HeaderMap, HeaderValue, header};
use lambda_http::Request;

use crate::config::{InitError, list};

/// The response headers that a page may read beside the ones that every page may read.
const EXPOSED: HeaderValue =
    HeaderValue::from_static("retry-after,www-authenticate,x-amzn-requestid,x-vercel-ai-ui-message-stream");

/// The origins whose pages may read the responses.
#[derive(Debug)]
pub(crate) struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    /// Reads `ALLOWED_ORIGINS`, a comma-separated list. `*` allows every origin.
    ///
    /// # Errors
    /// The variable is not set. A browser would then refuse every response, and only the browser would know.
    pub(crate) fn read() -> Result<Self, InitError> {
        let origins = list("ALLOWED_ORIGINS");
        if origins.is_empty() {
            return Err(InitError::Missing {
                name: "ALLOWED_ORIGINS",
                remedy: "set it to the comma-separated origins of the pages that may call the API, or to *",
            });
        }
        Ok(Self(origins))
    }

    /// Returns the CORS headers of the response to a request, as an HTTP API sends them. An event that is not a request
    /// has no origin.
    pub(crate) fn headers_for(&self, request: Option<&Request>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let Some(origin) = request.and_then(|request| request.headers().get(header::ORIGIN)) else { return headers };
        if self.0.iter().any(|allowed| allowed == "*") {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        } else if self.0.iter().any(|allowed| origin.as_bytes().eq_ignore_ascii_case(allowed.as_bytes())) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::VARY, HeaderValue::from_static("origin"));
        } else {
            return headers;
        }
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(origins: &[&str], origin: Option<&'static str>) -> Vec<String> {
        let mut request = Request::default();
        if let Some(origin) = origin {
            request.headers_mut().insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        let headers =
            AllowedOrigins(origins.iter().map(|origin| (*origin).to_owned()).collect()).headers_for(Some(&request));
        let is_exposed = headers.contains_key(header::ACCESS_CONTROL_EXPOSE_HEADERS);
        assert_eq!(is_exposed, headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        let names = [header::ACCESS_CONTROL_ALLOW_ORIGIN, header::VARY];
        names.iter().filter_map(|name| headers.get(name)?.to_str().ok().map(str::to_owned)).collect()
    }

    #[test]
    fn a_page_may_read_only_if_its_origin_is_allowed() {
        let both = ["https://a.example", "https://b.example"];
        assert_eq!(allowed(&both, Some("https://b.example")), ["https://b.example", "origin"]);
        assert_eq!(allowed(&["*"], Some("https://b.example")), ["*"]);
        assert!(allowed(&both, Some("https://c.example")).is_empty());
        assert!(allowed(&["*"], None).is_empty(), "a caller that is no page needs no header");
    }
}
