//! Clerk's Backend API, as far as the users go: get, list, delete.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder, Retryable};
use http::{Method, StatusCode, header};
use reqwest::{Client, Response, Url};
use serde_json::value::RawValue;

use crate::{
    access::{ApiUrl, SecretKey},
    backend_error::{BackendError, error_code, retry_after, unavailable},
    user::{User, UserError},
    user_id::ClerkUserId,
};

/// The largest user that is taken, in bytes; Clerk's payloads reach about 350 KB.
const MAX_USER_BYTES: usize = 512 * 1024;
/// The largest list that is taken, in bytes.
const MAX_LIST_BYTES: usize = 32 * 1024 * 1024;
/// The largest key set that is taken, in bytes.
const MAX_JWKS_BYTES: usize = 64 * 1024;
const MAX_ERROR_BYTES: usize = 16 * 1024;

/// Most users of one list, and most ids that one list can be asked for.
pub const MAX_LISTED_USERS: usize = 100;

/// How long Clerk is waited for.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Attempts, the first included.
    pub attempts: usize,
    /// Of one attempt.
    pub attempt_timeout: Duration,
    /// Of all of them. Where Clerk asks for a longer wait (`Retry-After`), it is not tried again.
    pub timeout: Duration,
}

impl RetryPolicy {
    /// For a caller who waits: 3 attempts within 4 s.
    pub const REQUEST: Self =
        Self { attempts: 3, attempt_timeout: Duration::from_secs(2), timeout: Duration::from_secs(4) };
    /// For work nobody waits for: 8 attempts within 2 minutes.
    pub const BATCH: Self =
        Self { attempts: 8, attempt_timeout: Duration::from_secs(10), timeout: Duration::from_secs(120) };

    /// Waits that double from 100 ms, each with a random part.
    fn backoff(self) -> impl BackoffBuilder {
        ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(10))
            .with_max_times(self.attempts.saturating_sub(1))
            .with_jitter()
    }
}

/// A user as the API sent it.
#[derive(Clone)]
pub struct FetchedUser(String);

impl FetchedUser {
    /// The user.
    ///
    /// # Errors
    /// None: it was read before.
    pub fn user(&self) -> Result<User<'_>, BackendError> {
        User::parse(&self.0).map_err(|_| BackendError::Unreadable("is no user object"))
    }
}

/// A list of users as the API sent it.
pub struct FetchedUsers(String);

impl FetchedUsers {
    /// The entries of the list, in its order. One that is no user object hides no other.
    ///
    /// # Errors
    /// It is no list.
    pub fn entries(&self) -> Result<Vec<Entry<'_>>, BackendError> {
        let entries: Vec<&RawValue> =
            serde_json::from_str(&self.0).map_err(|_| BackendError::Unreadable("is no list"))?;
        Ok(entries.into_iter().map(|entry| Entry { text: entry.get(), user: User::parse(entry.get()) }).collect())
    }
}

/// An entry of a list of users.
pub struct Entry<'a> {
    /// Its JSON.
    pub text: &'a str,
    /// The user, unless it is none.
    pub user: Result<User<'a>, UserError>,
}

/// The Backend API of one Clerk instance.
#[derive(Clone)]
pub struct BackendApi {
    client: Client,
    users: Url,
    key: SecretKey,
    retry_policy: RetryPolicy,
}

impl BackendApi {
    /// An API.
    pub fn new(client: Client, url: ApiUrl, key: SecretKey, retry_policy: RetryPolicy) -> Self {
        Self { client, users: url.0, key, retry_policy }
    }

    /// A pause between requests that leaves half of the rate limit to others: Clerk allows 1,000 requests in 10 s, to a
    /// development instance 100.
    pub fn fair_pause(&self) -> Duration {
        Duration::from_millis(if self.key.is_test() { 200 } else { 20 })
    }

    /// One user; `None` where the instance has no such user.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn user(&self, id: &ClerkUserId) -> Result<Option<FetchedUser>, BackendError> {
        let Some(text) = self.send(Method::GET, self.user_url(id), &[], MAX_USER_BYTES).await? else {
            return Ok(None);
        };
        let user = FetchedUser(text);
        if user.user()?.id() != id {
            return Err(BackendError::Unreadable("is another user"));
        }
        Ok(Some(user))
    }

    /// Up to `limit` users, oldest first, after `offset` others.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn users_by_age(&self, offset: usize, limit: usize) -> Result<FetchedUsers, BackendError> {
        let (limit, offset) = (limit.to_string(), offset.to_string());
        self.list(&[("order_by", "+created_at"), ("limit", &limit), ("offset", &offset)]).await
    }

    /// Those of up to [`MAX_LISTED_USERS`] users that the instance has.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn users_by_id(&self, ids: &[&str]) -> Result<FetchedUsers, BackendError> {
        let limit = MAX_LISTED_USERS.to_string();
        let mut query: Vec<_> = ids.iter().map(|id| ("user_id", *id)).collect();
        query.push(("limit", &limit));
        self.list(&query).await
    }

    /// Deletes a user; `false` where the instance has no such user, which may be because it was deleted before.
    ///
    /// # Errors
    /// See [`BackendError`]; where it is retryable, the user may have been deleted all the same.
    pub async fn delete_user(&self, id: &ClerkUserId) -> Result<bool, BackendError> {
        Ok(self.send(Method::DELETE, self.user_url(id), &[], MAX_USER_BYTES).await?.is_some())
    }

    /// The key set of the instance that the secret key belongs to (`GET /v1/jwks`), as text.
    ///
    /// # Errors
    /// See [`BackendError`].
    pub async fn jwks(&self) -> Result<String, BackendError> {
        let url = self.users.join("jwks").map_err(|_| BackendError::Unreadable("has no address"))?;
        let text = self.send(Method::GET, url, &[], MAX_JWKS_BYTES).await?;
        text.ok_or(BackendError::Unreadable("is no key set"))
    }

    fn user_url(&self, id: &ClerkUserId) -> Url {
        let mut url = self.users.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(id.as_str());
        }
        url
    }

    async fn list(&self, query: &[(&str, &str)]) -> Result<FetchedUsers, BackendError> {
        let text = self.send(Method::GET, self.users.clone(), query, MAX_LIST_BYTES).await?;
        text.map(FetchedUsers).ok_or(BackendError::Unreadable("is no list"))
    }

    /// Sends a request until it is answered or patience ends. Every request here may be repeated. `None` is 404 for what
    /// was named.
    async fn send(
        &self,
        method: Method,
        url: Url,
        query: &[(&str, &str)],
        limit: usize,
    ) -> Result<Option<String>, BackendError> {
        let timeout = self.retry_policy.timeout;
        let attempts = (|| self.attempt(method.clone(), url.clone(), query, limit))
            .retry(self.retry_policy.backoff())
            .when(|error| error.is_retryable() && error.retry_after().is_none_or(|wait| wait < timeout))
            .adjust(|error, wait| wait.map(|wait| wait + error.retry_after().unwrap_or_default()));
        let timed_out = || BackendError::Unavailable(format!("no answer within {} ms", timeout.as_millis()));
        tokio::time::timeout(timeout, attempts).await.unwrap_or_else(|_| Err(timed_out()))
    }

    async fn attempt(
        &self,
        method: Method,
        url: Url,
        query: &[(&str, &str)],
        limit: usize,
    ) -> Result<Option<String>, BackendError> {
        let request = self.client.request(method, url).query(query).header(header::AUTHORIZATION, self.key.bearer());
        let mut response = request.timeout(self.retry_policy.attempt_timeout).send().await.map_err(unavailable)?;
        let status = response.status();
        if status.is_success() {
            return read(&mut response, limit).await.map(Some);
        }
        let retry_after = retry_after(response.headers());
        if status == StatusCode::UNAUTHORIZED {
            return Err(BackendError::Unauthorized);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Err(BackendError::RateLimited { retry_after });
        }
        if status.is_server_error() {
            return Err(BackendError::Unavailable(format!("status {}", status.as_u16())));
        }
        // Anything between here and Clerk can answer 404: only Clerk's own means that there is no such user.
        let code = error_code(&read(&mut response, MAX_ERROR_BYTES).await.unwrap_or_default());
        if status == StatusCode::NOT_FOUND && code == "resource_not_found" {
            return Ok(None);
        }
        Err(BackendError::Refused { status: status.as_u16(), code })
    }
}

async fn read(response: &mut Response, limit: usize) -> Result<String, BackendError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
        if body.len() + chunk.len() > limit {
            return Err(BackendError::Unreadable("is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| BackendError::Unreadable("is not UTF-8"))
}
