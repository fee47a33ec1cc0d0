//! The client of Clerk's Backend API: gets, lists and deletes users, and gets the key set.

use std::time::Duration;

use backon::Retryable;
use http::{Method, Request, StatusCode, header, request};
use url::Url;
use usher_contract::ClerkUserId;
use usher_http::{HttpClient, Response};

use crate::{
    access::{ApiUrl, SecretKey},
    backend_error::{BackendError, error_code, retry_after},
    fetched::{FetchedUser, FetchedUsers},
    retry_policy::RetryPolicy,
};

/// The largest response with one user, in bytes. A larger user could not be stored, because an item of DynamoDB has at
/// most 400 KB.
const MAX_USER_RESPONSE_BYTES: usize = 512 * 1024;
/// The largest response with a list of users, in bytes.
const MAX_LIST_RESPONSE_BYTES: usize = 32 * 1024 * 1024;
/// The largest response with an error, in bytes.
const MAX_ERROR_RESPONSE_BYTES: usize = 16 * 1024;

/// The largest key set (RFC 7517) of an instance, in bytes.
pub const MAX_JWKS_BYTES: usize = 64 * 1024;

/// The maximum number of users in one list, and of ids that one list may be limited to. Clerk accepts 100 ids, and
/// lists of up to 500 users (Clerk's OpenAPI, `bapi` 2026-05-12, `GetUserList`).
pub const MAX_LISTED_USERS: usize = 100;

/// The Backend API of one Clerk instance.
#[derive(Clone)]
pub struct BackendApi {
    client: HttpClient,
    users: Url,
    key: SecretKey,
    retry_policy: RetryPolicy,
}

impl BackendApi {
    /// Creates a client. Opens no connection.
    pub fn new(client: HttpClient, url: ApiUrl, key: SecretKey, retry_policy: RetryPolicy) -> Self {
        Self { client, users: url.0, key, retry_policy }
    }

    /// Returns the pause between requests that uses half of the rate limit, so that other callers have the other half.
    /// Clerk allows 1,000 requests in 10 s, and 100 to a development instance (Clerk's docs, "Rate limits").
    pub fn fair_pause(&self) -> Duration {
        Duration::from_millis(if self.key.is_test() { 200 } else { 20 })
    }

    /// Fetches a user. Returns `None` if the instance does not have the user.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn get_user(&self, id: &ClerkUserId) -> Result<Option<FetchedUser>, BackendError> {
        let Some(text) = self.send(Method::GET, self.user_url(id), MAX_USER_RESPONSE_BYTES).await? else {
            return Ok(None);
        };
        let user = FetchedUser(text);
        if user.user()?.id() != id {
            return Err(BackendError::Unreadable("is another user"));
        }
        Ok(Some(user))
    }

    /// Lists up to `limit` users, oldest first, after the first `offset` users.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn users_by_age(&self, offset: usize, limit: usize) -> Result<FetchedUsers, BackendError> {
        let (limit, offset) = (limit.to_string(), offset.to_string());
        self.list(&[("order_by", "+created_at"), ("limit", &limit), ("offset", &offset)]).await
    }

    /// Lists the users with these ids. Ids that the instance does not have are left out. Takes up to
    /// [`MAX_LISTED_USERS`] ids.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn users_by_id(&self, ids: &[&str]) -> Result<FetchedUsers, BackendError> {
        let limit = MAX_LISTED_USERS.to_string();
        let mut query: Vec<_> = ids.iter().map(|id| ("user_id", *id)).collect();
        query.push(("limit", &limit));
        self.list(&query).await
    }

    /// Deletes a user. Returns `false` if the instance does not have the user, for example because of an earlier
    /// deletion.
    ///
    /// # Errors
    /// See [`BackendError`]. If the error is retryable, the user may have been deleted nevertheless.
    pub async fn delete_user(&self, id: &ClerkUserId) -> Result<bool, BackendError> {
        Ok(self.send(Method::DELETE, self.user_url(id), MAX_USER_RESPONSE_BYTES).await?.is_some())
    }

    /// Fetches the key set of the instance that the secret key belongs to (`GET /v1/jwks`), as text.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn get_jwks(&self) -> Result<String, BackendError> {
        let url = self.users.join("jwks").map_err(|_| BackendError::Unreadable("has no address"))?;
        let text = self.send(Method::GET, url, MAX_JWKS_BYTES).await?;
        text.ok_or(BackendError::Unreadable("is not a key set"))
    }

    fn user_url(&self, id: &ClerkUserId) -> Url {
        let mut url = self.users.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(id.as_str());
        }
        url
    }

    async fn list(&self, query: &[(&str, &str)]) -> Result<FetchedUsers, BackendError> {
        let mut url = self.users.clone();
        url.query_pairs_mut().extend_pairs(query);
        let text = self.send(Method::GET, url, MAX_LIST_RESPONSE_BYTES).await?;
        text.map(FetchedUsers).ok_or(BackendError::Unreadable("is not a list"))
    }

    /// Sends a request, and sends it again as the retry policy says. That is safe, because every request of this client
    /// has the same effect when it is repeated. Returns `None` if Clerk does not have the resource (404).
    async fn send(&self, method: Method, url: Url, limit: usize) -> Result<Option<String>, BackendError> {
        let time = self.retry_policy.timeout;
        let request =
            || Request::builder().method(&method).uri(url.as_str()).header(header::AUTHORIZATION, self.key.bearer());
        let attempts = (|| self.attempt(request(), limit))
            .retry(self.retry_policy.backoff())
            .when(|error| error.is_retryable() && error.retry_after().is_none_or(|wait| wait < time))
            .adjust(|error, wait| wait.map(|wait| wait + error.retry_after().unwrap_or_default()));
        within(time, attempts).await
    }

    async fn attempt(&self, request: request::Builder, limit: usize) -> Result<Option<String>, BackendError> {
        let answer = async { read(self.client.send(request, Vec::new()).await?, limit).await };
        within(self.retry_policy.attempt_timeout, answer).await
    }
}

async fn within<T>(time: Duration, answer: impl Future<Output = Result<T, BackendError>>) -> Result<T, BackendError> {
    let timed_out = || BackendError::Unavailable(format!("no answer within {} ms", time.as_millis()));
    tokio::time::timeout(time, answer).await.unwrap_or_else(|_| Err(timed_out()))
}

/// Reads a response. Returns `None` if Clerk does not have the resource.
async fn read(response: Response, limit: usize) -> Result<Option<String>, BackendError> {
    let status = response.status();
    if status.is_success() {
        let body = response.read(limit).await?;
        return String::from_utf8(body).map(Some).map_err(|_| BackendError::Unreadable("is not UTF-8"));
    }
    if status == StatusCode::UNAUTHORIZED {
        return Err(BackendError::Unauthorized);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(BackendError::RateLimited { retry_after: retry_after(response.headers()) });
    }
    if status.is_server_error() {
        return Err(BackendError::Unavailable(format!("status {}", status.as_u16())));
    }
    // A proxy between here and Clerk can return 404, too. Only Clerk's own code means that the resource does not exist.
    let body = response.read(MAX_ERROR_RESPONSE_BYTES).await.unwrap_or_default();
    let code = error_code(str::from_utf8(&body).unwrap_or_default());
    if status == StatusCode::NOT_FOUND && code == "resource_not_found" {
        return Ok(None);
    }
    Err(BackendError::Refused { status: status.as_u16(), code })
}
