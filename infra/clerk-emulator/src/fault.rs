//! Misbehaviour on demand, and a count of what was asked: how those who depend on Clerk are tested.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Clerk;
use super::api_error::ApiError;

/// What a request meets in place of its answer.
#[derive(Debug, Clone)]
pub enum InjectedFault {
    /// It is done and answered after this long; done also where the caller does not wait for it.
    Delay(Duration),
    /// It is never answered, and not done.
    NoResponse,
    /// It is answered so, and not done. A status or a header that HTTP does not know makes it 500.
    Response {
        /// From 100 to 999.
        status: u16,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// It is done, and the answer is lost on the way: a proxy says 502.
    LostResponse,
}

impl InjectedFault {
    /// 429 as Clerk words it, to be tried again after so many seconds.
    pub fn rate_limited(retry_after_seconds: u64) -> Self {
        let retry_after = (header::RETRY_AFTER.to_string(), retry_after_seconds.to_string());
        Self::refusal(&ApiError::too_many_requests(), Some(retry_after))
    }

    /// 503 as Clerk words it.
    pub fn unavailable() -> Self {
        Self::refusal(&ApiError::unavailable(), None)
    }

    fn refusal(error: &ApiError, header: Option<(String, String)>) -> Self {
        let mut headers = vec![(header::CONTENT_TYPE.to_string(), "application/json".to_owned())];
        headers.extend(header);
        Self::Response { status: error.status().as_u16(), headers, body: error.json().to_string() }
    }
}

/// Faults, counts and the rate limit of an instance.
#[derive(Default)]
pub(super) struct Interceptor(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    requests: HashMap<(String, String), usize>,
    faults: Vec<FaultRule>,
    limit: Option<Limit>,
    limited: usize,
}

struct FaultRule {
    method: String,
    path_prefix: String,
    fault: InjectedFault,
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

impl Interceptor {
    pub(super) fn add(&self, method: &str, path_prefix: &str, fault: InjectedFault, times: Option<usize>) {
        let (method, path_prefix) = (method.to_owned(), path_prefix.to_owned());
        self.inner().faults.push(FaultRule { method, path_prefix, fault, times });
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
    fn meet(&self, method: &str, path: &str) -> Option<InjectedFault> {
        let mut inner = self.inner();
        *inner.requests.entry((method.to_owned(), path.to_owned())).or_default() += 1;
        let matches =
            |rule: &FaultRule| rule.method == method && path.starts_with(&rule.path_prefix) && rule.times != Some(0);
        let rule = inner.faults.iter_mut().rev().find(|rule| matches(rule))?;
        rule.times = rule.times.map(|times| times - 1);
        Some(rule.fault.clone())
    }

    /// The seconds after which to try again, where this request is over the limit.
    fn over_limit(&self, path: &str) -> Option<u64> {
        let mut inner = self.inner();
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
        Some((left.as_secs() + u64::from(left.subsec_nanos() > 0)).max(1))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Around every route, before the secret key is looked at.
pub(super) async fn misbehave(State(clerk): State<Clerk>, request: Request, next: Next) -> Response {
    let fault = clerk.inner.traffic.meet(request.method().as_str(), request.uri().path());
    match fault {
        None => within_limit(clerk, request, next).await,
        Some(InjectedFault::Delay(duration)) => {
            // A task of its own: a caller that gives up takes nothing back, as it would not at Clerk.
            let answer = tokio::spawn(async move {
                tokio::time::sleep(duration).await;
                within_limit(clerk, request, next).await
            });
            answer.await.unwrap_or_else(|_| ApiError::internal().into_response())
        }
        Some(InjectedFault::NoResponse) => std::future::pending().await,
        Some(InjectedFault::Response { status, headers, body }) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(body.into()).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
        Some(InjectedFault::LostResponse) => {
            within_limit(clerk, request, next).await;
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

async fn within_limit(clerk: Clerk, request: Request, next: Next) -> Response {
    match clerk.inner.traffic.over_limit(request.uri().path()) {
        None => next.run(request).await,
        Some(seconds) => ([(header::RETRY_AFTER, seconds.to_string())], ApiError::too_many_requests()).into_response(),
    }
}
