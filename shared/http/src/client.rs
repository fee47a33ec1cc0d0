//! The client.

use std::time::Duration;

use aws_smithy_http_client::{
    Connector,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector as _, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn},
    orchestrator::HttpRequest,
};
use aws_smithy_types::body::SdkBody;
use http::request;

use crate::{error::RequestError, response::Response};

/// The time in which a connection must be open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// An HTTP client with its pool of connections. Clones share the pool.
///
/// It follows no redirects, so that keys, users and answers come only from the configured host, and a secret goes only
/// there. A connection that does not open within a second fails. The caller limits the time for the rest.
#[derive(Debug, Clone)]
pub struct HttpClient(SharedHttpConnector);

impl HttpClient {
    /// Makes a client with the root certificates of the machine. Opens no connection.
    #[expect(clippy::new_without_default, reason = "it reads files")]
    pub fn new() -> Self {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let tls = Provider::Rustls(CryptoMode::AwsLc);
        let connector = Connector::builder().connector_settings(settings).tls_provider(tls).build();
        Self(SharedHttpConnector::new(connector))
    }

    /// Sends a request once. Returns the response when its headers are here.
    ///
    /// # Errors
    /// The request is not valid, or the connection fails.
    pub async fn send(&self, request: request::Builder, body: Vec<u8>) -> Result<Response, RequestError> {
        let request = request.body(SdkBody::from(body)).map_err(|error| RequestError::describe(&error))?;
        let request = HttpRequest::try_from(request).map_err(|error| RequestError::describe(&error))?;
        let response = self.0.call(request).await.map_err(|error| RequestError::describe(&error))?;
        let response = response.try_into_http1x().map_err(|error| RequestError::describe(&error))?;
        Ok(Response(response))
    }

    /// Returns this client for a client of AWS's SDK, which then uses the same pool of connections. The
    /// SDK's own time-outs of connections and reads have no effect.
    pub fn for_sdk(&self) -> SharedHttpClient {
        let connector = self.0.clone();
        http_client_fn(move |_, _| connector.clone())
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        response::Redirect,
        routing::{any, get},
    };
    use http::{Method, Request, StatusCode};
    use tokio::net::TcpListener;

    use super::*;

    /// Starts a server on loopback, and returns its URL.
    async fn serve(router: Router) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    #[tokio::test]
    async fn a_request_has_its_method_headers_and_body() {
        let echo = async |request: Request<axum::body::Body>| {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1_000).await.unwrap();
            format!("{} {} {:?}", parts.method, parts.headers["x-test"].to_str().unwrap(), body)
        };
        let url = serve(Router::new().route("/", any(echo))).await;
        let request = Request::builder().method(Method::DELETE).uri(url).header("x-test", "1");
        let response = HttpClient::new().send(request, b"text".to_vec()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.read(1_000).await.unwrap(), br#"DELETE 1 b"text""#);
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let url = serve(Router::new().route("/", get(async || Redirect::temporary("/elsewhere")))).await;
        let response = HttpClient::new().send(Request::get(url), Vec::new()).await.unwrap();
        assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    }

    #[tokio::test]
    async fn an_error_says_why_but_not_whom() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/users/user_1", listener.local_addr().unwrap());
        drop(listener);
        let error = HttpClient::new().send(Request::get(url), Vec::new()).await.err().unwrap().to_string();
        assert!(error.contains("Connection refused"), "{error}");
        assert!(!error.contains("user_1") && !error.contains("127.0.0.1"), "{error}");
    }
}
