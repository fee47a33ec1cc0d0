//! The layer around every route: counts requests, injects faults, and applies the rate limit.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    changes::{Change, Changes},
    http::{api_error::ApiError, injected_fault::InjectedFault, rate_limit::RateLimit, refusals::log_if_refused},
};

/// Counts, faults and rate limit of an instance. Clones share them.
#[derive(Clone)]
pub(crate) struct Interceptor {
    inner: Arc<Mutex<Inner>>,
    changes: Changes,
    has_rate_limit: bool,
}

#[derive(Default)]
struct Inner {
    requests: BTreeMap<(String, String), usize>,
    faults: Vec<FaultRule>,
    rate_limit: Option<RateLimit>,
    rate_limited: usize,
}

struct FaultRule {
    /// `None` is every method.
    method: Option<String>,
    path_prefix: String,
    fault: InjectedFault,
    /// The requests it still applies to; `None` is without end.
    times: Option<usize>,
}

impl Interceptor {
    /// Changes of the faults and the rate limit, and the requests, are announced.
    pub(crate) fn new(changes: Changes) -> Self {
        Self { inner: Arc::default(), changes, has_rate_limit: true }
    }

    /// Returns the same counts and faults without the rate limit, for the Frontend API. Clerk limits each of its APIs on
    /// its own.
    pub(crate) fn without_rate_limit(&self) -> Self {
        Self { has_rate_limit: false, ..self.clone() }
    }

    pub(crate) fn add_fault(
        &self,
        method: Option<&str>,
        path_prefix: &str,
        fault: InjectedFault,
        times: Option<usize>,
    ) {
        let (method, path_prefix) = (method.map(str::to_owned), path_prefix.to_owned());
        self.inner().faults.push(FaultRule { method, path_prefix, fault, times });
        self.changes.announce(Change::State);
    }

    pub(crate) fn clear_faults(&self) {
        self.inner().faults.clear();
        self.changes.announce(Change::State);
    }

    /// Lists the faults that still apply to a request, in the order in which they were added.
    pub(crate) fn list_faults(&self) -> Vec<Value> {
        let inner = self.inner();
        let faults = inner.faults.iter().filter(|rule| rule.times != Some(0));
        let object = |rule: &FaultRule| {
            let mut object = rule.fault.object();
            object["method"] = json!(rule.method);
            object["path"] = json!(rule.path_prefix);
            object["times"] = json!(rule.times);
            object
        };
        faults.map(object).collect()
    }

    /// Lists the number of requests by method and path, in the order of these.
    pub(crate) fn list_requests(&self) -> Vec<Value> {
        let inner = self.inner();
        let requests = inner.requests.iter();
        requests.map(|((method, path), count)| json!({"method": method, "path": path, "count": count})).collect()
    }

    pub(crate) fn count_requests(&self, method: &str, is_counted: impl Fn(&str) -> bool) -> usize {
        let inner = self.inner();
        let counts = inner.requests.iter().filter(|((of, path), _)| of == method && is_counted(path));
        counts.map(|(_, count)| count).sum()
    }

    pub(crate) fn limit_rate(&self, requests: usize, per: Duration) {
        self.inner().rate_limit = Some(RateLimit::new(requests, per));
        self.changes.announce(Change::State);
    }

    pub(crate) fn lift_rate_limit(&self) {
        self.inner().rate_limit = None;
        self.changes.announce(Change::State);
    }

    pub(crate) fn rate_limit(&self) -> Option<Value> {
        self.inner().rate_limit.as_ref().map(RateLimit::object)
    }

    pub(crate) fn count_rate_limited(&self) -> usize {
        self.inner().rate_limited
    }

    /// Counts a request, and returns the fault to inject into it.
    fn record(&self, method: &str, path: &str) -> Option<InjectedFault> {
        let mut inner = self.inner();
        *inner.requests.entry((method.to_owned(), path.to_owned())).or_default() += 1;
        let matches = |rule: &FaultRule| {
            let is_method = rule.method.as_ref().is_none_or(|of| of == method);
            is_method && path.starts_with(&rule.path_prefix) && rule.times != Some(0)
        };
        let rule = inner.faults.iter_mut().rev().find(|rule| matches(rule))?;
        rule.times = rule.times.map(|times| times - 1);
        self.changes.announce(Change::State);
        Some(rule.fault.clone())
    }

    /// Returns the seconds after which to retry, if this request exceeds the rate limit.
    fn over_limit(&self, path: &str) -> Option<u64> {
        let mut inner = self.inner();
        let retry_after =
            inner.rate_limit.as_mut().filter(|_| self.has_rate_limit && path.starts_with("/v1/"))?.exceeded()?;
        inner.rate_limited += 1;
        Some(retry_after)
    }

    /// Performs a request, if it is within the rate limit. A refused request leaves a line in the log.
    async fn run_within_limit(&self, request: Request, next: Next) -> Response {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let response = match self.over_limit(uri.path()) {
            None => next.run(request).await,
            Some(seconds) => {
                ([(header::RETRY_AFTER, seconds.to_string())], ApiError::too_many_requests()).into_response()
            }
        };
        log_if_refused(&method, &uri, &response);
        response
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs before the secret key is checked.
pub(crate) async fn intercept(State(interceptor): State<Interceptor>, request: Request, next: Next) -> Response {
    let (changes, method, path) =
        (interceptor.changes.clone(), request.method().clone(), request.uri().path().to_owned());
    let response = answer(interceptor, request, next).await;
    let status = response.status().as_u16();
    changes.announce_event(
        "request",
        || json!({"object": "request", "method": method.as_str(), "path": path, "status": status}),
    );
    response
}

async fn answer(interceptor: Interceptor, request: Request, next: Next) -> Response {
    match interceptor.record(request.method().as_str(), request.uri().path()) {
        None => interceptor.run_within_limit(request, next).await,
        Some(InjectedFault::Delay(duration)) => {
            // The request runs in its own task, so that a caller that disconnects does not cancel it. Usher expects the
            // same of Clerk.
            let response = tokio::spawn(async move {
                tokio::time::sleep(duration).await;
                interceptor.run_within_limit(request, next).await
            });
            response.await.unwrap_or_else(|_| ApiError::internal().into_response())
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
            interceptor.run_within_limit(request, next).await;
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}
