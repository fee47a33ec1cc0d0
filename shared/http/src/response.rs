//! A response, whose body is read piece by piece.

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;

use crate::error::{BodyError, RequestError};

/// A response. Dropping it before the end of the body closes its connection.
#[derive(Debug)]
pub struct Response(pub(crate) http::Response<SdkBody>);

impl Response {
    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// Waits for the next piece of the body. Returns `None` at its end.
    ///
    /// # Errors
    /// The connection fails.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, RequestError> {
        while let Some(frame) = self.0.body_mut().frame().await {
            let frame = frame.map_err(|error| RequestError::describe(error.as_ref()))?;
            // Trailers are not data.
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Reads the body, up to `limit` bytes.
    ///
    /// # Errors
    /// The body is larger, or the connection fails.
    pub async fn read(mut self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > limit {
                return Err(BodyError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_may_be_as_large_as_the_limit() {
        let read = async |limit| Response(http::Response::new(SdkBody::from("12345"))).read(limit).await;
        assert_eq!(read(5).await, Ok(b"12345".to_vec()));
        assert_eq!(read(4).await, Err(BodyError::TooLarge));
    }
}
