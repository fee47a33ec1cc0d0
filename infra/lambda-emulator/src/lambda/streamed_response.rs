//! A response that a process streams to the Runtime API.

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::sync::mpsc;

use crate::lambda::runtime_api::{ERROR_TYPE, ReportedError};

/// The maximum size of a streamed response, Lambda's quota ("Response streaming for Lambda functions").
pub(crate) const STREAM_LIMIT_BYTES: usize = 200 * 1024 * 1024;

/// The trailer with the document of an error, in base64.
const ERROR_BODY: &str = "lambda-runtime-function-error-body";

/// The reason why a streamed response is not whole.
#[derive(Debug)]
pub(crate) enum StreamFailure {
    /// The process reported an error in the trailers.
    Reported(ReportedError),
    /// The connection of the process broke.
    Broken,
    TooLarge,
}

/// Receives a response. Passes each chunk on before it reads the next, so that nothing is held back. If the receiver of
/// the chunks is gone, reads the rest and drops it, as Lambda does if a client has left. Without such a receiver,
/// returns all of the response.
pub(crate) async fn receive_stream(
    mut body: Body,
    mut chunks: Option<mpsc::Sender<Bytes>>,
) -> Result<Bytes, StreamFailure> {
    let is_kept = chunks.is_none();
    let mut whole = BytesMut::new();
    let mut size = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| StreamFailure::Broken)?;
        match frame.into_data() {
            Ok(chunk) => {
                size = size.saturating_add(chunk.len());
                if size > STREAM_LIMIT_BYTES {
                    return Err(StreamFailure::TooLarge);
                }
                if is_kept {
                    whole.extend_from_slice(&chunk);
                } else if let Some(sender) = &chunks
                    && sender.send(chunk).await.is_err()
                {
                    chunks = None;
                }
            }
            Err(frame) => {
                let trailers = frame.into_trailers().unwrap_or_default();
                if let Some(kind) = trailers.get(ERROR_TYPE) {
                    let document = trailers.get(ERROR_BODY).and_then(|body| STANDARD.decode(body).ok());
                    let error = ReportedError::read(kind.to_str().ok(), &document.unwrap_or_default());
                    return Err(StreamFailure::Reported(error));
                }
            }
        }
    }
    Ok(whole.freeze())
}
