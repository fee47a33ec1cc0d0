//! Reads responses.

use std::time::Duration;

use reqwest::{
    Response,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde::{Deserialize, de::DeserializeOwned};
use usher_contract::{PROBLEM_JSON, header, json_error};

use crate::{
    error::{Error, Unreadable},
    token::Token,
};

/// The maximum size of a body, in bytes: Lambda's limit for a response (AWS Lambda quotas, "Invocation payload").
const MAX_BODY_BYTES: usize = 6 * 1024 * 1024;

/// A response with its body.
pub(crate) struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What is read of a response before a call returns.
pub(crate) trait Received: Sized {
    /// Reads the response to a request with this token.
    ///
    /// # Errors
    /// The status is not 2xx, the body is too large, or the connection fails.
    fn read(response: Response, token: Option<&Token>) -> impl Future<Output = Result<Self, Error>> + Send;
}

impl Received for Reply {
    async fn read(response: Response, token: Option<&Token>) -> Result<Self, Error> {
        Self::read_body(Response::read(response, token).await?).await
    }
}

/// A response whose body is not read yet.
impl Received for Response {
    async fn read(response: Response, token: Option<&Token>) -> Result<Self, Error> {
        if response.status().is_success() {
            return Ok(response);
        }
        Err(Reply::read_body(response).await?.without(token).into_error())
    }
}

impl Reply {
    async fn read_body(mut response: Response) -> Result<Self, Error> {
        let mut reply =
            Self { status: response.status().as_u16(), headers: response.headers().clone(), body: Vec::new() };
        while let Some(chunk) = response.chunk().await.map_err(Error::transport)? {
            if reply.body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(reply.unreadable(Unreadable::TooLarge));
            }
            reply.body.extend_from_slice(&chunk);
        }
        Ok(reply)
    }

    /// Removes the token from the body, because AWS quotes the header `Authorization` in some of its own errors.
    fn without(mut self, token: Option<&Token>) -> Self {
        if let Some(token) = token.map(Token::as_str).filter(|token| !token.is_empty()) {
            self.body = String::from_utf8_lossy(&self.body).replace(token, "…").into_bytes();
        }
        self
    }

    /// Returns the entity tag.
    pub(crate) fn etag(&self) -> Option<&str> {
        self.header(header::ETAG)
    }

    /// Parses the body.
    ///
    /// # Errors
    /// The body is not the expected JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body)
            .map_err(|error| self.unreadable(Unreadable::Json(json_error::detail(&error))))
    }

    /// Returns the error for a success that cannot be read.
    pub(crate) fn unreadable(&self, reason: Unreadable) -> Error {
        Error::UnreadableResponse { status: self.status, reason, request_id: self.request_id() }
    }

    fn into_error(self) -> Error {
        // Another service's problem has no `request_id`, so it does not count as the API's own.
        let is_problem = self.header(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with(PROBLEM_JSON));
        if is_problem && let Ok(details) = self.json() {
            return Error::Problem { details: Box::new(details), retry_after: self.retry_after() };
        }
        Error::Gateway {
            status: self.status,
            message: self.json().ok().map(|GatewayBody { message }| message),
            retry_after: self.retry_after(),
            request_id: self.request_id(),
        }
    }

    /// Reads `Retry-After` in seconds, the only form that the API sends.
    fn retry_after(&self) -> Option<Duration> {
        self.header(header::RETRY_AFTER)?.trim().parse().ok().map(Duration::from_secs)
    }

    fn request_id(&self) -> Option<String> {
        self.header(header::APIGW_REQUESTID).or_else(|| self.header(header::AMZN_REQUESTID)).map(str::to_owned)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The body of an error of API Gateway.
#[derive(Deserialize)]
struct GatewayBody {
    message: String,
}
