//! The layer around every route: counts requests, injects faults, and applies the rate limit.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use usher_loopback::log_refusal;

use crate::{
    SERVICE,
    http::{
        api_error::{ApiError, Reason},
        injected_fault::InjectedFault,
        rate_limit::RateLimit,
    },
};

/// Counts, faults and rate limit of an instance. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Interceptor(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    requests: HashMap<(String, String), usize>,
    faults: Vec<FaultRule>,
    rate_limit: Option<RateLimit>,
    rate_limited: usize,
}

struct FaultRule {
    method: String,
    path_prefix: String,
    fault: InjectedFault,
    /// The requests it still applies to; `None` is without end.
    times: Option<usize>,
}

impl Interceptor {
    pub(crate) fn add_fault(&self, method: &str, path_prefix: &str, fault: InjectedFault, times: Option<usize>) {
        let (method, path_prefix) = (method.to_owned(), path_prefix.to_owned());
        self.inner().faults.push(FaultRule { method, path_prefix, fault, times });
    }

    pub(crate) fn clear_faults(&self) {
        self.inner().faults.clear();
    }

    pub(crate) fn count_requests(&self, method: &str, is_counted: impl Fn(&str) -> bool) -> usize {
        let inner = self.inner();
        let counts = inner.requests.iter().filter(|((of, path), _)| of == method && is_counted(path));
        counts.map(|(_, count)| count).sum()
    }

    pub(crate) fn limit_rate(&self, requests: usize, per: Duration) {
        self.inner().rate_limit = Some(RateLimit::new(requests, per));
    }

    pub(crate) fn count_rate_limited(&self) -> usize {
        self.inner().rate_limited
    }

    /// Counts a request, and returns the fault to inject into it.
    fn record(&self, method: &str, path: &str) -> Option<InjectedFault> {
        let mut inner = self.inner();
        *inner.requests.entry((method.to_owned(), path.to_owned())).or_default() += 1;
        let matches =
            |rule: &FaultRule| rule.method == method && path.starts_with(&rule.path_prefix) && rule.times != Some(0);
        let rule = inner.faults.iter_mut().rev().find(|rule| matches(rule))?;
        rule.times = rule.times.map(|times| times - 1);
        Some(rule.fault.clone())
    }

    /// Returns the seconds after which to retry, if this request exceeds the rate limit.
    fn over_limit(&self, path: &str) -> Option<u64> {
        let mut inner = self.inner();
        let retry_after = inner.rate_limit.as_mut().filter(|_| path.starts_with("/v1/"))?.exceeded()?;
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
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            // Axum itself refuses a path or a query that it cannot decode.
            let reason = response.extensions().get().map_or("malformed", |Reason(reason)| reason);
            log_refusal(SERVICE, &method, uri.path(), status, reason);
        }
        response
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs before the secret key is checked.
pub(crate) async fn intercept(State(interceptor): State<Interceptor>, request: Request, next: Next) -> Response {
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
