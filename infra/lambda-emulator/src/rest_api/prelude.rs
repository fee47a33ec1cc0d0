//! The prelude of a streamed response: a JSON document with the status and the headers, then eight NULs ("Lambda proxy
//! integration with payload response streaming").

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use bytes::{Bytes, BytesMut};
use serde_json::{Map, Value};
use tokio::sync::mpsc;

const DELIMITER: [u8; 8] = [0; 8];
/// The maximum size of a prelude with its delimiter, API Gateway's.
const LIMIT_BYTES: usize = 16 * 1024;
/// Headers of a function's response that are dropped, because they describe one connection.
const DROPPED: [&str; 4] = ["connection", "content-length", "keep-alive", "transfer-encoding"];

/// A prelude that has been read.
#[derive(Debug)]
pub(crate) struct Prelude {
    status: StatusCode,
    headers: HeaderMap,
    /// The bytes of the body that came with it.
    rest: Bytes,
}

impl Prelude {
    /// Reads the prelude. Returns `None` if the response ends before it, or begins with something else.
    pub(crate) async fn read(chunks: &mut mpsc::Receiver<Bytes>) -> Option<Self> {
        let mut read = BytesMut::new();
        loop {
            read.extend_from_slice(&chunks.recv().await?);
            if let Some(at) = read.windows(DELIMITER.len()).position(|window| window == DELIMITER) {
                let document = read.split_to(at).freeze();
                let rest = read.split_off(DELIMITER.len()).freeze();
                return Self::parse(&document, rest);
            }
            if read.len() > LIMIT_BYTES {
                return None;
            }
        }
    }

    fn parse(document: &[u8], rest: Bytes) -> Option<Self> {
        let members: Map<String, Value> = serde_json::from_slice(document).ok()?;
        let status = members.get("statusCode")?.as_u64().and_then(|status| u16::try_from(status).ok())?;
        let status = StatusCode::from_u16(status).ok().filter(|status| status.as_u16() >= 200)?;
        let mut headers = HeaderMap::new();
        for member in ["headers", "multiValueHeaders"] {
            for (name, value) in members.get(member).and_then(Value::as_object).into_iter().flatten() {
                let name = HeaderName::try_from(name).ok()?;
                let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                for value in values {
                    headers.append(name.clone(), HeaderValue::from_str(value.as_str()?).ok()?);
                }
            }
        }
        for name in DROPPED {
            headers.remove(name);
        }
        for cookie in members.get("cookies").and_then(Value::as_array).into_iter().flatten() {
            headers.append("set-cookie", HeaderValue::from_str(cookie.as_str()?).ok()?);
        }
        headers.entry("content-type").or_insert(HeaderValue::from_static("application/json"));
        Some(Self { status, headers, rest })
    }

    /// Returns the response without its body, and the first bytes of the body.
    pub(crate) fn into_response(self) -> (Response, Bytes) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        (response, self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(pieces: &[&'static [u8]]) -> Option<Prelude> {
        let (sender, mut chunks) = mpsc::channel(pieces.len().max(1));
        for piece in pieces {
            sender.send(Bytes::from_static(piece)).await.unwrap();
        }
        drop(sender);
        Prelude::read(&mut chunks).await
    }

    #[tokio::test]
    async fn a_prelude_may_come_in_any_pieces() {
        let document =
            br#"{"statusCode":201,"headers":{"etag":"1","vary":["a","b"],"content-length":"9"},"cookies":["c=1"]}"#;
        let whole: &'static [u8] = [document.as_slice(), &DELIMITER, b"body"].concat().leak();
        for at in [0, 1, document.len(), document.len() + 3, document.len() + 8, whole.len()] {
            let (first, second) = whole.split_at(at);
            let prelude = read(&[first, second]).await.unwrap();
            assert_eq!((prelude.status.as_u16(), &prelude.headers["etag"]), (201, &HeaderValue::from_static("1")));
            assert_eq!(prelude.headers.get_all("vary").iter().count(), 2);
            assert_eq!(prelude.headers["set-cookie"], "c=1");
            assert_eq!(prelude.headers.get("content-length"), None);
            assert!(b"body".starts_with(&prelude.rest), "{:?}", prelude.rest);
        }
    }

    #[tokio::test]
    async fn a_response_without_a_prelude_is_refused() {
        let bad: [&'static [u8]; 6] = [
            b"",
            b"{\"statusCode\":200}",
            b"\0\0\0\0\0\0\0\0body",
            b"{\"statusCode\":99}\0\0\0\0\0\0\0\0",
            b"{\"statusCode\":200,\"headers\":{\"a\":\"b\\n\"}}\0\0\0\0\0\0\0\0",
            b"[]\0\0\0\0\0\0\0\0",
        ];
        for response in bad {
            assert!(read(&[response]).await.is_none(), "{response:?}");
        }
        assert!(read(&[[b'x'; LIMIT_BYTES + 1].as_slice()]).await.is_none());
    }
}
