//! The relay to the embedded DynamoDB. dynoxide lets every web page in (`Access-Control-Allow-Origin: *`) and does not
//! check `Host`. So it listens where no page finds it, and its known port is this relay, which can be guarded.

use std::net::{Ipv4Addr, SocketAddr};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use tokio::net::TcpListener;

/// The maximum size of a request to DynamoDB: a batch of 16 MB.
const BODY_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// Listens at a random loopback address, or at 127.0.0.1 if the system has no other. On Linux all of 127.0.0.0/8 is
/// loopback.
pub(super) async fn listen_out_of_sight() -> std::io::Result<TcpListener> {
    let [first, second, third] = rand::random::<[u8; 3]>();
    let address = SocketAddr::from((Ipv4Addr::new(127, first, second, third.clamp(1, 254)), 0));
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(_) => {
            tracing::warn!(
                "this system has no loopback address but 127.0.0.1: a web page that tries all ports can reach the table"
            );
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
        }
    }
}

/// Returns a router that sends requests on to the database at `endpoint`.
pub(crate) fn router(endpoint: &str) -> reqwest::Result<Router> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let relay = Relay { endpoint: endpoint.to_owned(), client };
    Ok(Router::new().fallback(forward).layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES)).with_state(relay))
}

#[derive(Debug, Clone)]
struct Relay {
    endpoint: String,
    client: reqwest::Client,
}

async fn forward(
    State(relay): State<Relay>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    for of_connection in [header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        headers.remove(of_connection);
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = relay.client.request(method, format!("{}{path}", relay.endpoint)).headers(headers).body(body);
    match send(request).await {
        Ok(response) => response,
        Err(_) => (StatusCode::BAD_GATEWAY, "The embedded DynamoDB has ended.\n").into_response(),
    }
}

/// Sends a request and returns its response.
async fn send(request: reqwest::RequestBuilder) -> reqwest::Result<Response> {
    let received = request.send().await?;
    let (status, mut headers) = (received.status(), received.headers().clone());
    for of_connection in [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        headers.remove(of_connection);
    }
    let mut response = Response::new(Body::from(received.bytes().await?));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
