//! A fault injector between the store and DynamoDB. It records every call and applies the step that a test chose for
//! it.
//!
//! The engines of the tests do not conflict, throttle, lose a response or crash. The injector does this at a chosen
//! call and forwards every other call to a real engine.
//!
//! It is an HTTP client of the SDK instead of an HTTP proxy (`harness::FaultProxy`), because a refused connection and a
//! time-out are errors that the SDK itself makes: a proxy could cause a time-out only by waiting for one. It also gives
//! each store in a test calls and faults of its own.

mod call;
mod connector;
mod fault;

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

pub(crate) use call::{Call, Calls};
pub(crate) use fault::Fault;

/// The fate of a call.
pub(crate) enum Step {
    /// The call is forwarded.
    Forward,
    /// The call does not arrive, and the caller gets this fault.
    Fail(Fault),
    /// The caller crashes after this many calls. Those calls complete; later ones are never sent.
    Die(usize),
    /// The call is performed, but its response is lost.
    LoseResponse,
    /// At most this many items of a `BatchWriteItem` or `BatchGetItem` are performed. The others are returned as
    /// unprocessed.
    Part(usize),
    /// The call is forwarded after this future.
    Before(BoxFuture<'static, ()>),
    /// The response is returned after this future.
    After(BoxFuture<'static, ()>),
}

type Script = Arc<dyn Fn(&Call) -> Step + Send + Sync>;

/// An HTTP client for the SDK. Clones share their state.
#[derive(Clone)]
pub(crate) struct FaultInjector(Arc<State>);

struct State {
    http: SharedHttpClient,
    calls: Mutex<Vec<Call>>,
    script: Mutex<Script>,
    /// Counts the beginnings and ends of calls.
    clock: AtomicU64,
    ended: Notify,
}

impl FaultInjector {
    /// Creates an injector that forwards every call.
    pub(crate) fn new() -> Self {
        Self(Arc::new(State {
            http: aws_smithy_http_client::Builder::new().build_http(),
            calls: Mutex::default(),
            script: Mutex::new(Arc::new(|_| Step::Forward)),
            clock: AtomicU64::new(0),
            ended: Notify::new(),
        }))
    }

    /// Forgets the calls so far. `script` decides about the next ones.
    pub(crate) fn script(&self, script: impl Fn(&Call) -> Step + Send + Sync + 'static) {
        self.take_calls();
        *self.0.script.lock().unwrap() = Arc::new(script);
    }

    /// Forgets the calls so far and forwards the next ones.
    pub(crate) fn forward_all(&self) {
        self.script(|_| Step::Forward);
    }

    /// Crashes the process after this many calls.
    pub(crate) fn die_after(&self, calls: usize) {
        self.script(move |call| if call.number > calls { Step::Die(calls) } else { Step::Forward });
    }

    /// Fails the call with this number.
    pub(crate) fn fail_at(&self, number: usize, fault: Fault) {
        self.script(move |call| if call.number == number { Step::Fail(fault) } else { Step::Forward });
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> Calls {
        Calls(self.0.calls.lock().unwrap().clone())
    }

    /// Returns and forgets the calls so far. The next call has the number 1.
    pub(crate) fn take_calls(&self) -> Calls {
        Calls(std::mem::take(&mut self.0.calls.lock().unwrap()))
    }

    /// Waits until the first `calls` calls have ended.
    async fn ended(&self, calls: usize) {
        loop {
            let another = self.0.ended.notified();
            if self.calls().0.iter().take(calls).all(|call| call.ended.is_some()) {
                return;
            }
            another.await;
        }
    }

    fn tick(&self) -> u64 {
        self.0.clock.fetch_add(1, Ordering::SeqCst)
    }
}

impl fmt::Debug for FaultInjector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultInjector")
    }
}
