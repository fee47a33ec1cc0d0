//! Delivery of a streamed response to Lambda's Runtime API ("Building a custom runtime", response streaming).

use std::{convert::Infallible, panic::AssertUnwindSafe};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use http_body_util::channel::{Channel, Sender};
use hyper_util::client::legacy::connect::HttpConnector;
use lambda_runtime::MetadataPrelude;
use lambda_runtime_api_client::{PooledClient, body::Body, build_request};
use serde_json::json;
use tokio::join;

use crate::{
    http::problem::Problem,
    streamed::response::{Chunks, StreamedResponse},
};

const RESPONSE_MODE: HeaderName = HeaderName::from_static("lambda-runtime-function-response-mode");
const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");
const ERROR_BODY: HeaderName = HeaderName::from_static("lambda-runtime-function-error-body");
/// The content type of a response that begins with a prelude.
const INTEGRATION_RESPONSE: &str = "application/vnd.awslambda.http-integration-response";
/// Separates the prelude from the body.
const DELIMITER: [u8; 8] = [0; 8];

/// Returns the client of Lambda's Runtime API. Each chunk is sent at once (`TCP_NODELAY`). Otherwise a small chunk waits
/// until the one before is acknowledged, which takes up to 40 ms.
pub(super) fn client() -> PooledClient {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    PooledClient::builder().with_connector(connector).build()
}

/// Sends a response and waits until its body has ended and Lambda has accepted it. Returns the problem that ended the
/// body.
pub(super) async fn deliver(client: &PooledClient, request_id: &str, response: StreamedResponse) -> Option<Problem> {
    let (status, headers, chunks, even_without_client) = response.into_parts();
    let prelude = MetadataPrelude { status_code: status, headers, cookies: Vec::new() };
    let Ok(mut prelude) = serde_json::to_vec(&prelude) else { return Some(Problem::internal()) };
    prelude.extend(DELIMITER);
    let (sender, body) = Channel::<Bytes, Infallible>::new(1);
    let Ok(request) = request(request_id, Body::new(body)) else { return Some(Problem::internal()) };
    // A panic in the making of the body must not leave the client with a part that looks whole.
    let (problem, sent) = join!(send(sender, prelude.into(), chunks, even_without_client), client.call(request));
    match sent {
        Ok(answer) if answer.status().is_success() => {}
        Ok(answer) => tracing::warn!(status = answer.status().as_u16(), "Lambda refused the response"),
        Err(error) => tracing::warn!(%error, "the connection to Lambda broke during the response"),
    }
    problem
}

/// Returns the request that carries a response. hyper sends only the trailers that `Trailer` declares.
fn request(request_id: &str, body: Body) -> Result<Request<Body>, http::Error> {
    build_request()
        .method("POST")
        .uri(format!("/2018-06-01/runtime/invocation/{request_id}/response"))
        .header(RESPONSE_MODE, "streaming")
        .header(header::TRANSFER_ENCODING, "chunked")
        .header(header::TRAILER, format!("{ERROR_TYPE}, {ERROR_BODY}"))
        .header(header::CONTENT_TYPE, INTEGRATION_RESPONSE)
        .body(body)
}

/// Sends the prelude and the chunks. Returns the problem that ended them.
async fn send(
    mut sender: Sender<Bytes>,
    prelude: Bytes,
    mut chunks: Chunks,
    even_without_client: bool,
) -> Option<Problem> {
    let mut is_received = sender.send_data(prelude).await.is_ok();
    while is_received || even_without_client {
        let next = AssertUnwindSafe(chunks.next()).catch_unwind().await;
        let problem = match next {
            Ok(None) => return None,
            Ok(Some(Ok(chunk))) => {
                is_received = is_received && sender.send_data(chunk).await.is_ok();
                continue;
            }
            Ok(Some(Err(problem))) => problem,
            Err(_) => {
                tracing::error!("the making of the body panicked");
                Problem::internal()
            }
        };
        // If nobody receives, there is nobody to tell.
        let _ = sender.send_trailers(trailers(&problem)).await;
        return Some(problem);
    }
    None
}

/// Returns the trailers that tell Lambda of an error in the middle. Lambda writes them to the log of the function, so
/// they have no detail.
fn trailers(problem: &Problem) -> HeaderMap {
    let body = json!({"errorType": problem.code(), "errorMessage": "the response ended early"}).to_string();
    let values = [(ERROR_TYPE, problem.code().to_owned()), (ERROR_BODY, BASE64_STANDARD.encode(body))];
    values.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value).ok()?))).collect()
}

#[cfg(test)]
mod tests;
