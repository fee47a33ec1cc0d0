//! Extensions of `lambda_http`'s request that handlers use.

use http::header;
use lambda_http::{Request, RequestExt as _};
use usher_contract::{ClerkUserId, FieldErrors, MessageId, PageLimit, ProblemCode, ThreadId};
use usher_store::{List, Search};

use crate::http::{
    problem::Problem,
    query::{parameter, search},
};

/// Accessors that the routes of this API need.
pub trait RequestExt {
    /// Returns a header that is text. A blank header counts as absent.
    fn header(&self, name: &str) -> Option<&str>;

    /// Returns a `{parameter}` of the route, decoded.
    fn path_parameter(&self, name: &str) -> Option<&str>;

    /// Returns a parameter of the query, decoded.
    fn query_parameter(&self, name: &str) -> Option<&str>;

    /// Returns the `{thread_id}` of the route.
    ///
    /// # Errors
    /// 404: the text is not an id, so no thread has it.
    fn thread_id(&self) -> Result<ThreadId, Problem>;

    /// Returns the `{message_id}` of the route.
    ///
    /// # Errors
    /// 404: the text is not an id, so no message has it.
    fn message_id(&self) -> Result<MessageId, Problem>;

    /// Returns `?offset=`, a number of characters, or 0.
    ///
    /// # Errors
    /// 400: the text is not a whole number.
    fn offset(&self) -> Result<usize, Problem>;

    /// Returns the requested part of a user's list, `?limit=` and `?cursor=`. Only the store checks the cursor of a
    /// request with a valid limit.
    ///
    /// # Errors
    /// 400: the limit is not a whole number from 1 to 100. The cursor is then listed too if it is also wrong.
    fn page(&self, user: &ClerkUserId, list: List<'_>) -> Result<(PageLimit, Option<&str>), Problem>;

    /// Returns what to look for, `?q=` and `?kind=`.
    ///
    /// # Errors
    /// 400: `q` or `kind` is missing or invalid.
    fn search(&self) -> Result<Search, Problem>;

    /// Returns the body, byte for byte as the caller sent it.
    ///
    /// # Errors
    /// 413: the body is larger than `limit` bytes.
    fn bytes(&self, limit: usize) -> Result<&[u8], Problem>;
}

impl RequestExt for Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok().map(str::trim).filter(|value| !value.is_empty())
    }

    fn path_parameter(&self, name: &str) -> Option<&str> {
        self.path_parameters_ref()?.first(name)
    }

    fn query_parameter(&self, name: &str) -> Option<&str> {
        parameter(self, name)
    }

    fn thread_id(&self) -> Result<ThreadId, Problem> {
        ThreadId::parse(self.path_parameter("thread_id").unwrap_or_default()).map_err(|_| Problem::not_found())
    }

    fn message_id(&self) -> Result<MessageId, Problem> {
        MessageId::parse(self.path_parameter("message_id").unwrap_or_default()).map_err(|_| Problem::not_found())
    }

    fn offset(&self) -> Result<usize, Problem> {
        // Not `parse` alone, which accepts a sign.
        let parse = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let offset = parameter(self, "offset").map(|text| {
            let errors = || FieldErrors::one("offset", "must be a whole number, 0 or more");
            parse(text).ok_or_else(|| Problem::of_fields(ProblemCode::InvalidQuery, errors()))
        });
        Ok(offset.transpose()?.unwrap_or_default())
    }

    fn page(&self, user: &ClerkUserId, list: List<'_>) -> Result<(PageLimit, Option<&str>), Problem> {
        let cursor = parameter(self, "cursor");
        let limit = parameter(self, "limit").map(PageLimit::parse).transpose().map_err(|error| {
            let mut errors = FieldErrors::one("limit", error.to_string());
            if let Some(Err(error)) = cursor.map(|cursor| list.check_cursor(cursor, user)) {
                errors.push("cursor", error.to_string());
            }
            Problem::of_fields(ProblemCode::InvalidLimit, errors)
        })?;
        Ok((limit.unwrap_or_default(), cursor))
    }

    fn search(&self) -> Result<Search, Problem> {
        search(self)
    }

    fn bytes(&self, limit: usize) -> Result<&[u8], Problem> {
        let body: &[u8] = self.body();
        if body.len() > limit { Err(Problem::too_large("the body", limit)) } else { Ok(body) }
    }
}

/// Returns the token of `Authorization: Bearer` (RFC 6750 §2.1). Returns `None` if there is no such header.
///
/// # Errors
/// 401: the header has another scheme or more than one token, or there are several headers.
pub(crate) fn bearer_token(request: &Request) -> Result<Option<&str>, Problem> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION).iter();
    let Some(value) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(Problem::invalid_token("there is more than one Authorization header"));
    }
    if value.is_empty() {
        return Ok(None);
    }
    value
        .to_str()
        .ok()
        .and_then(|value| value.trim().split_once(' '))
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.contains([',', ' ']))
        .map(|(_, token)| Some(token))
        .ok_or_else(|| Problem::invalid_token("Authorization must be one token of the scheme Bearer"))
}
