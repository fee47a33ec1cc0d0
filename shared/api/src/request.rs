//! Requests, as API Gateway hands them over (payload format 2.0).

use std::sync::{Arc, OnceLock};

use auth::Identity;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, header};
use serde_json::Value;
use store::{PageLimit, ThreadId};

use crate::problem::{FieldError, Problem};

/// The largest body of a route, in bytes, unless the route says otherwise.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// A request. Cheap to clone.
#[derive(Clone)]
pub struct Request {
    event: Arc<ApiGatewayV2httpRequest>,
    /// As API Gateway sent it.
    body: Bytes,
    /// Who is calling, once it is known: for the log, whichever clone learns it.
    caller: Arc<OnceLock<LoggedCaller>>,
}

/// What the log says of a caller.
#[derive(Debug, Default)]
pub(crate) struct LoggedCaller {
    pub(crate) user: String,
    pub(crate) session_id: Option<String>,
    /// The subject of whoever impersonates the user, `unknown` if the token does not name it.
    pub(crate) actor: Option<String>,
}

impl LoggedCaller {
    fn new(identity: &Identity) -> Self {
        let subject = |actor: &Value| actor["sub"].as_str().unwrap_or("unknown").to_owned();
        Self {
            user: identity.subject.clone(),
            session_id: identity.session_id.clone(),
            actor: identity.actor.as_ref().map(subject),
        }
    }
}

impl Request {
    pub(crate) fn new(mut event: ApiGatewayV2httpRequest) -> Self {
        let body = event.body.take().unwrap_or_default().into();
        Self { event: Arc::new(event), body, caller: Arc::default() }
    }

    /// `GET /users/{user_id}`: the route as the template names it.
    pub(crate) fn route(&self) -> &str {
        self.event.route_key.as_deref().unwrap_or_default()
    }

    /// Who is calling, where a token has proved it.
    pub(crate) fn caller(&self) -> Option<&LoggedCaller> {
        self.caller.get()
    }

    pub(crate) fn set_caller(&self, identity: &Identity) {
        // Handled a second time, it is the same caller.
        let _ = self.caller.set(LoggedCaller::new(identity));
    }

    /// The headers; API Gateway joins those that are repeated with a comma.
    pub fn headers(&self) -> &HeaderMap {
        &self.event.headers
    }

    /// A header that is text; blank counts as absent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.event.headers.get(name)?.to_str().ok().map(str::trim).filter(|value| !value.is_empty())
    }

    /// A `{parameter}` of the route, decoded.
    pub fn path(&self, name: &str) -> Option<&str> {
        self.event.path_parameters.get(name).map(String::as_str)
    }

    /// The token of `Authorization: Bearer` (RFC 6750 §2.1); `None` where there is no such header.
    ///
    /// # Errors
    /// Another scheme, or more than one header.
    pub(crate) fn bearer_token(&self) -> Result<Option<&str>, Problem> {
        if self.event.headers.get_all(header::AUTHORIZATION).iter().count() > 1 {
            return Err(Problem::invalid_token("more than one Authorization header"));
        }
        let Some(value) = self.event.headers.get(header::AUTHORIZATION).filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        value
            .to_str()
            .ok()
            .and_then(|value| value.trim().split_once(' '))
            .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.contains([',', ' ']))
            .map(|(_, token)| Some(token))
            .ok_or_else(|| Problem::invalid_token("Authorization must be Bearer and one token"))
    }

    /// The `{thread_id}` of the route. What cannot be an id is treated as one that nothing has.
    ///
    /// # Errors
    /// 404.
    pub fn thread_id(&self) -> Result<ThreadId, Problem> {
        ThreadId::parse(self.path("thread_id").unwrap_or_default()).map_err(|_| Problem::not_found())
    }

    /// The part of a list that is asked for: `?limit=` and `?cursor=`.
    ///
    /// # Errors
    /// 400: the limit is none.
    pub fn page(&self) -> Result<(PageLimit, Option<&str>), Problem> {
        let query = &self.event.query_string_parameters;
        let limit = query.first("limit").map(PageLimit::parse).transpose().map_err(|error| {
            let error = FieldError { field: "limit".into(), detail: error.to_string() };
            Problem::bad_request("invalid-limit", format!("limit {}", error.detail)).with_error(error)
        })?;
        Ok((limit.unwrap_or_default(), query.first("cursor")))
    }

    pub(crate) fn is_patch(&self) -> bool {
        self.event.request_context.http.method == Method::PATCH
    }

    /// Method and path: where the request went.
    pub(crate) fn target(&self) -> String {
        let path = self.event.raw_path.as_deref().unwrap_or_default();
        format!("{} {path}", self.event.request_context.http.method)
    }

    /// The body, as the bytes the caller sent: API Gateway encodes some in base64.
    ///
    /// # Errors
    /// The body is larger than `limit` bytes, or API Gateway's encoding is broken.
    pub fn body(&self, limit: usize) -> Result<Bytes, Problem> {
        let is_encoded = self.event.is_base64_encoded;
        let length = if is_encoded { self.body.len() / 4 * 3 } else { self.body.len() };
        // Padding makes the estimate of an encoded body up to 2 bytes too long.
        if length > limit + 2 * usize::from(is_encoded) {
            return Err(Problem::too_large(limit));
        }
        let body = if is_encoded {
            let body = BASE64_STANDARD.decode(&self.body);
            body.map_err(|_| Problem::bad_request("malformed", "the body is no base64"))?.into()
        } else {
            self.body.clone()
        };
        if body.len() > limit { Err(Problem::too_large(limit)) } else { Ok(body) }
    }
}
