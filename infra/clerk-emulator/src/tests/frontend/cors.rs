//! The pages that may call the Frontend API, and what they may read.

use reqwest::{Method, StatusCode, header};

use super::ORIGIN;
use crate::{InjectedFault, tests::Setup};

#[tokio::test]
async fn a_page_of_this_machine_may_read_every_answer() {
    let setup = Setup::new().await;
    let send = async |method: Method, path: &str| {
        let request = setup.client.request(method, format!("{}{path}", setup.base)).header(header::ORIGIN, ORIGIN);
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["access-control-allow-origin"], ORIGIN);
        assert_eq!(response.headers()["access-control-allow-credentials"], "true");
        response.status()
    };
    assert_eq!(send(Method::GET, "/v1/client").await, StatusCode::OK);
    assert_eq!(send(Method::GET, "/v1/me").await, StatusCode::UNAUTHORIZED);
    assert_eq!(send(Method::GET, "/v1/me/totp").await, StatusCode::NOT_FOUND);
    assert_eq!(send(Method::PUT, "/v1/me").await, StatusCode::METHOD_NOT_ALLOWED);
    // A page also reads that Clerk is down.
    setup.clerk.inject_fault("GET", "/v1/client", InjectedFault::unavailable());
    assert_eq!(send(Method::GET, "/v1/client").await, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_preflight_allows_what_the_page_asks_for() {
    let setup = Setup::new().await;
    let request = setup
        .client
        .request(Method::OPTIONS, format!("{}/v1/me", setup.base))
        .header(header::ORIGIN, ORIGIN)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "PATCH")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "x-trace");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["access-control-allow-methods"], "PATCH");
    assert_eq!(response.headers()["access-control-allow-headers"], "x-trace");
}

#[tokio::test]
async fn foreign_pages_and_the_backend_api_stay_apart() {
    let setup = Setup::new().await;
    let status = async |path: &str, origin: &str| {
        let request = setup.request(Method::GET, path).header(header::ORIGIN, origin);
        request.send().await.unwrap().status()
    };
    for path in ["/v1/client", "/v1/environment", "/v1/me", "/npm/@clerk/ui@1/dist/ui.browser.js"] {
        assert_eq!(status(path, "https://evil.example").await, StatusCode::FORBIDDEN, "{path}");
    }
    for path in
        ["/v1/users", "/v1/jwks", "/v1/clients/handshake_payload?nonce=x", "/control/state", "/v1/organizations"]
    {
        assert_eq!(status(path, ORIGIN).await, StatusCode::FORBIDDEN, "{path}");
    }
}
