//! The HTTP client of the function.

use std::sync::OnceLock;

use usher_http::HttpClient;

/// Returns the HTTP client that everything in this function uses. The first call makes it.
pub fn http_client() -> &'static HttpClient {
    static CLIENT: OnceLock<HttpClient> = OnceLock::new();
    CLIENT.get_or_init(HttpClient::new)
}
