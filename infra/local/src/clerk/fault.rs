//! Misbehaviour on demand, and a count of what was asked: how those who depend on Clerk are tested.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Clerk;
use super::api_error::ApiError;

/// What a request meets in place of its answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is done, after this long.
    Slow(Duration),
    /// It is never answered, and not done.
    Silent,
    /// It is answered so, and not done.
    Answer {
        /// The status.
        status: u16,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// It is done, and the answer is lost on the way: a proxy says 502.
    AnswerLost,
    /// 429, to be tried again after so many seconds; not done.
    RateLimited(u64),
    /// 503; not done.
    Unavailable,
}

impl Fault {
    /// 429, to be tried again after so many seconds.
    pub fn rate_limited(retry_after_seconds: u64) -> Self {
        Self::RateLimited(retry_after_seconds)
    }

    /// 503.
    pub fn unavailable() -> Self {
        Self::Unavailable
    }
}

/// Faults, counts and the rate limit of an instance.
#[derive(Default)]
pub(super) struct Traffic(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    requests: HashMap<(String, String), usize>,
    faults: Vec<Rule>,
    limit: Option<Limit>,
    limited: usize,
}

struct Rule {
    method: String,
    path_prefix: String,
    fault: Fault,
    /// How often it still applies; `None` is without end.
    times: Option<usize>,
}

/// A window of the Backend API.
struct Limit {
    requests: usize,
    per: Duration,
    began: Instant,
    seen: usize,
}

impl Traffic {
    pub(super) fn add(&self, method: &str, path_prefix: &str, fault: Fault, times: Option<usize>) {
        let (method, path_prefix) = (method.to_owned(), path_prefix.to_owned());
        self.inner().faults.push(Rule { method, path_prefix, fault, times });
    }

    pub(super) fn recover(&self) {
        self.inner().faults.clear();
    }

    pub(super) fn requests(&self, method: &str, is_counted: impl Fn(&str) -> bool) -> usize {
        let inner = self.inner();
        let counts = inner.requests.iter().filter(|((of, path), _)| of == method && is_counted(path));
        counts.map(|(_, count)| count).sum()
    }

    pub(super) fn limit(&self, requests: usize, per: Duration) {
        self.inner().limit = Some(Limit { requests, per, began: Instant::now(), seen: 0 });
    }

    pub(super) fn limited(&self) -> usize {
        self.inner().limited
    }

    /// Counts a request, and tells what it meets.
    fn meet(&self, method: &str, path: &str) -> Option<Fault> {
        let mut inner = self.inner();
        *inner.requests.entry((method.to_owned(), path.to_owned())).or_default() += 1;
        let rule = inner
            .faults
            .iter_mut()
            .rev()
            .find(|rule| rule.method == method && path.starts_with(&rule.path_prefix) && rule.times != Some(0));
        if let Some(rule) = rule {
            rule.times = rule.times.map(|times| times - 1);
            return Some(rule.fault.clone());
        }
        let limit = inner.limit.as_mut().filter(|_| path.starts_with("/v1/"))?;
        if limit.began.elapsed() >= limit.per {
            (limit.began, limit.seen) = (Instant::now(), 0);
        }
        limit.seen += 1;
        if limit.seen <= limit.requests {
            return None;
        }
        let left = limit.per.saturating_sub(limit.began.elapsed());
        inner.limited += 1;
        Some(Fault::RateLimited(left.as_secs() + 1))
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Around every route, before the secret key is looked at.
pub(super) async fn misbehave(State(clerk): State<Clerk>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().as_str().to_owned(), request.uri().path().to_owned());
    match clerk.inner.traffic.meet(&method, &path) {
        None => next.run(request).await,
        Some(Fault::Slow(duration)) => {
            tokio::time::sleep(duration).await;
            next.run(request).await
        }
        Some(Fault::Silent) => std::future::pending().await,
        Some(Fault::Answer { status, headers, body }) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(body.into()).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
        Some(Fault::AnswerLost) => {
            next.run(request).await;
            StatusCode::BAD_GATEWAY.into_response()
        }
        Some(Fault::RateLimited(seconds)) => {
            ([("retry-after", seconds.to_string())], ApiError::too_many_requests()).into_response()
        }
        Some(Fault::Unavailable) => ApiError::unavailable().into_response(),
    }
}
