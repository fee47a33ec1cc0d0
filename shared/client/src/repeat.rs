//! Repeats an attempt that failed, if a repeat is safe.

use std::time::Duration;

use backon::Retryable as _;
use tokio::time::{Instant, timeout};

use crate::{error::Error, retry_policy::RetryPolicy};

/// Which failed attempts of a request may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// A repeat has no further effect: `GET`, `DELETE`, a merge patch, and `POST` with an `Idempotency-Key`.
    Safe,
    /// A repeat of a success would fail: a `PATCH` with `If-Match`, whose version has changed. So only an attempt that
    /// certainly had no effect may be repeated.
    IfNoEffect,
}

impl Repeat {
    fn allows(self, error: &Error) -> bool {
        error.is_retryable() && (self == Self::Safe || error.had_no_effect())
    }
}

/// Makes attempts until one succeeds, fails for good, or reaches a limit of the policy. Between two attempts it waits
/// as long as the response asks for (`Retry-After`), and a random time, so that many callers do not repeat at once.
///
/// # Errors
/// The error of the last attempt, or [`Error::TimedOut`] if it did not end in time.
pub(crate) async fn with_retries<T, F: Future<Output = Result<T, Error>>>(
    policy: RetryPolicy,
    repeat: Repeat,
    attempt: impl Fn() -> F,
) -> Result<T, Error> {
    let start = Instant::now();
    let time_left = || policy.timeout.saturating_sub(start.elapsed());
    let limited = || async {
        let limit = policy.attempt_timeout.min(time_left());
        timeout(limit, attempt()).await.unwrap_or(Err(Error::TimedOut(limit)))
    };
    limited
        .retry(policy.backoff())
        .when(|error| repeat.allows(error))
        .adjust(|error, longest| {
            let wait = error.retry_after().unwrap_or_default().saturating_add(jitter(longest?));
            (wait < time_left()).then_some(wait)
        })
        .await
}

/// Returns a random time up to the longest one ("full jitter").
pub(crate) fn jitter(longest: Duration) -> Duration {
    longest.mul_f64(rand::random())
}

#[cfg(test)]
mod tests {
    use std::{future, sync::Mutex};

    use usher_contract::{ProblemCode, ProblemDetails};

    use super::*;

    const POLICY: RetryPolicy =
        RetryPolicy { attempts: 4, attempt_timeout: Duration::from_secs(12), timeout: Duration::from_secs(30) };
    /// The longest random waits before the attempts of the policy.
    const JITTERS: [Duration; 3] = [Duration::from_millis(200), Duration::from_millis(400), Duration::from_millis(800)];

    fn problem(code: ProblemCode, retry_after: Option<u64>) -> Error {
        let details = ProblemDetails {
            r#type: code.type_uri(),
            title: String::new(),
            status: code.status(),
            detail: String::new(),
            request_id: String::new(),
            errors: Default::default(),
            clerk_error: None,
        };
        Error::Problem { details: Box::new(details), retry_after: retry_after.map(Duration::from_secs) }
    }

    fn gateway(status: u16) -> Error {
        Error::Gateway { status, message: None, retry_after: None, request_id: None }
    }

    /// Makes attempts that always fail. Returns the times of the attempts since the first, the last error, and the time
    /// when the call failed.
    async fn fail(repeat: Repeat, error: impl Fn() -> Error) -> (Vec<Duration>, Error, Duration) {
        let start = Instant::now();
        let times = Mutex::new(Vec::new());
        let result = with_retries(POLICY, repeat, || {
            times.lock().unwrap().push(start.elapsed());
            future::ready(Err::<(), _>(error()))
        });
        let error = result.await.unwrap_err();
        (times.into_inner().unwrap(), error, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_waits_for_retry_after_and_a_random_time() {
        let (times, error, _) = fail(Repeat::Safe, || problem(ProblemCode::Unavailable, Some(7))).await;
        assert_eq!((times.len(), error.retry_after()), (4, Some(Duration::from_secs(7))));
        for (times, jitter) in times.windows(2).zip(JITTERS) {
            let wait = times[1] - times[0];
            // Tokio's clock counts milliseconds.
            let longest = Duration::from_secs(7) + jitter + Duration::from_millis(1);
            assert!((Duration::from_secs(7)..=longest).contains(&wait), "{wait:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_the_time_limit_is_not_begun() {
        let (times, error, end) = fail(Repeat::Safe, || problem(ProblemCode::Unavailable, Some(30))).await;
        assert_eq!((times.len(), error.code(), end), (1, Some(ProblemCode::Unavailable), Duration::ZERO));
        let (times, _, end) = fail(Repeat::Safe, || problem(ProblemCode::UserNotSynced, Some(14))).await;
        assert_eq!(times.len(), 3);
        assert_eq!(end, times[2], "the third wait would end after 42 s");
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_times_do_not_overflow() {
        let (times, ..) = fail(Repeat::Safe, || problem(ProblemCode::Unavailable, Some(u64::MAX))).await;
        assert_eq!(times.len(), 1);
        let policy = RetryPolicy { attempts: 2, attempt_timeout: Duration::MAX, timeout: Duration::MAX };
        let result = with_retries::<(), _>(policy, Repeat::Safe, || future::ready(Err(gateway(503))));
        assert_eq!(result.await.unwrap_err().status(), Some(503));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_ends_at_its_time_limit() {
        let start = Instant::now();
        let attempts = Mutex::new(0);
        let result = with_retries::<(), _>(POLICY, Repeat::Safe, || {
            *attempts.lock().unwrap() += 1;
            future::pending()
        });
        let error = result.await.unwrap_err();
        assert!(matches!(error, Error::TimedOut(_)), "{error:?}");
        assert_eq!((*attempts.lock().unwrap(), start.elapsed().as_millis()), (3, 30_000), "12 s, 12 s and the rest");
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_succeeds_after_a_time_out() {
        let attempts = Mutex::new(0);
        let result = with_retries(POLICY, Repeat::Safe, || async {
            let attempt = std::mem::replace(&mut *attempts.lock().unwrap(), 1);
            if attempt == 0 { future::pending().await } else { Ok(7) }
        });
        assert_eq!(result.await.unwrap(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn the_waits_of_two_calls_differ() {
        let waits = async || fail(Repeat::Safe, || gateway(429)).await.0;
        let first = waits().await;
        // Tokio's clock counts milliseconds, so two calls may wait equally long.
        let mut differ = false;
        for _ in 0..20 {
            differ |= waits().await != first;
        }
        assert!(differ);
    }

    #[tokio::test(start_paused = true)]
    async fn only_errors_that_may_pass_are_repeated() {
        for error in [gateway(429), gateway(502), gateway(503), gateway(504), Error::TimedOut(Duration::ZERO)] {
            assert!(Repeat::Safe.allows(&error), "{error}");
        }
        for error in [gateway(400), gateway(404), gateway(500), Error::InvalidUrl(""), Error::Token("".into())] {
            assert!(!Repeat::Safe.allows(&error), "{error}");
            assert!(!Repeat::IfNoEffect.allows(&error), "{error}");
        }
        for code in ProblemCode::ALL {
            let may_pass =
                [429, 503].contains(&code.status()) || ["conflict", "user-not-synced"].contains(&code.as_str());
            assert_eq!(Repeat::Safe.allows(&problem(*code, None)), may_pass, "{}", code.as_str());
        }
        assert_eq!(fail(Repeat::Safe, || problem(ProblemCode::NotFound, Some(1))).await.0.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_with_a_possible_effect_is_not_repeated() {
        for code in ProblemCode::ALL {
            let expected =
                ["conflict", "user-not-synced", "keys-unavailable", "too-many-replies"].contains(&code.as_str());
            assert_eq!(Repeat::IfNoEffect.allows(&problem(*code, None)), expected, "{}", code.as_str());
        }
        assert!(Repeat::IfNoEffect.allows(&gateway(429)));
        for error in [gateway(502), gateway(503), gateway(504), Error::TimedOut(Duration::ZERO)] {
            assert!(!Repeat::IfNoEffect.allows(&error), "{error}");
        }
        assert_eq!(fail(Repeat::IfNoEffect, || problem(ProblemCode::Unavailable, Some(1))).await.0.len(), 1);
    }
}
