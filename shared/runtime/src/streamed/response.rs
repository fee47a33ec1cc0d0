//! A response whose body is a stream.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, stream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::http::{problem::Problem, response::Response};

/// The chunks of a body.
pub(super) type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, Problem>>>>;

/// A response that is sent while it is made. At most two chunks are held at a time, and the next one is made when the
/// receiver has room for it.
pub struct StreamedResponse {
    status: StatusCode,
    headers: HeaderMap,
    chunks: Chunks,
    /// Whether the chunks are made to the end even if nobody receives them.
    even_without_client: bool,
}

impl StreamedResponse {
    /// Returns a 200 with a body of this type. A problem among the chunks ends the response: it is logged, and the
    /// client's connection breaks off, so that nobody takes the part for the whole.
    pub fn new(content_type: &'static str, chunks: impl Stream<Item = Result<Bytes, Problem>> + 'static) -> Self {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        Self { status: StatusCode::OK, headers, chunks: Box::pin(chunks), even_without_client: false }
            .with_safe_headers()
    }

    /// Returns the response of a problem.
    pub(super) fn from_problem(problem: &Problem, request_id: &str) -> Self {
        Self::from(problem.clone().into_response(request_id))
    }

    /// Sets a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Makes the chunks to their end, also if the client has left, for a body whose making is the work itself. On AWS a
    /// function does not learn that a client has left: API Gateway goes on to read. So this changes only what happens
    /// if the connection to the Runtime API breaks.
    #[must_use]
    pub fn even_without_client(mut self) -> Self {
        self.even_without_client = true;
        self
    }

    pub(super) fn with_cors(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the status, the headers, the chunks, and whether they are made without a client.
    pub(super) fn into_parts(self) -> (StatusCode, HeaderMap, Chunks, bool) {
        (self.status, self.headers, self.chunks, self.even_without_client)
    }

    /// Adds the headers that every response has. See the conversion of [`Response`] for the reasons.
    fn with_safe_headers(self) -> Self {
        self.header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
            .header(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
    }
}

impl From<Response> for StreamedResponse {
    fn from(response: Response) -> Self {
        let body = response.body().map(|body| Ok(Bytes::copy_from_slice(body.as_bytes())));
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            chunks: Box::pin(stream::iter(body)),
            even_without_client: false,
        }
        .with_safe_headers()
    }
}
