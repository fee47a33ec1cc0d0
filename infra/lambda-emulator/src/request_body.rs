//! The body of a request to a gateway.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

/// The maximum size of a request body.
const LIMIT_BYTES: usize = 10 * 1024 * 1024;
/// A body over the limit is read up to this size, so that the client sees the response and not a broken connection.
const DRAIN_LIMIT_BYTES: usize = 64 * 1024 * 1024;

/// The reason why a body is refused.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BodyError {
    /// It is larger than API Gateway allows.
    TooLarge,
    /// The connection broke, or the body is not what HTTP allows.
    Unreadable,
}

/// Reads a body up to the limit.
pub(crate) async fn read_body(body: Body) -> Result<Bytes, BodyError> {
    let mut chunks = body.into_data_stream();
    let mut kept = BytesMut::new();
    let mut length = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| BodyError::Unreadable)?;
        length = length.saturating_add(chunk.len());
        if length <= LIMIT_BYTES {
            kept.extend_from_slice(&chunk);
        } else if length > DRAIN_LIMIT_BYTES {
            break;
        }
    }
    if length > LIMIT_BYTES { Err(BodyError::TooLarge) } else { Ok(kept.freeze()) }
}
