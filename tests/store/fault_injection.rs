//! The injector between the store and DynamoDB: it remembers every call, and does to each what a test asks.
//!
//! No engine of the tests conflicts, throttles, loses an answer or dies. Here all of it happens, at the call a test
//! chooses; what is forwarded is forwarded to a real engine.

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

/// What becomes of a call.
pub(crate) enum Step {
    /// It goes its way.
    Forward,
    /// It never arrives: this is the answer.
    Fail(Fault),
    /// It is never made: whoever was to make it died after this many calls, all of which arrive and are done.
    Die(usize),
    /// It arrives and is done, but its answer does not come back.
    LoseAnswer,
    /// Of a BatchWriteItem no more than so many writes are done, and the others come back as unprocessed.
    Part(usize),
    /// It waits for this first.
    Before(BoxFuture<'static, ()>),
    /// Its answer waits for this.
    After(BoxFuture<'static, ()>),
}

type Script = Arc<dyn Fn(&Call) -> Step + Send + Sync>;

/// A connector for the SDK. Cheap to clone; clones share all.
#[derive(Clone)]
pub(crate) struct FaultInjector(Arc<State>);

struct State {
    http: SharedHttpClient,
    calls: Mutex<Vec<Call>>,
    script: Mutex<Script>,
    /// Counts beginnings and ends of calls.
    clock: AtomicU64,
    ended: Notify,
}

impl FaultInjector {
    /// A injector on which nothing happens.
    pub(crate) fn new() -> Self {
        Self(Arc::new(State {
            http: aws_smithy_http_client::Builder::new().build_http(),
            calls: Mutex::default(),
            script: Mutex::new(Arc::new(|_| Step::Forward)),
            clock: AtomicU64::new(0),
            ended: Notify::new(),
        }))
    }

    /// Forgets the calls so far, and lets this decide about those to come.
    pub(crate) fn script(&self, script: impl Fn(&Call) -> Step + Send + Sync + 'static) {
        self.take_calls();
        *self.0.script.lock().unwrap() = Arc::new(script);
    }

    /// Forgets the calls so far, and forwards all to come.
    pub(crate) fn forward_all(&self) {
        self.script(|_| Step::Forward);
    }

    /// From the call after this many on nothing arrives: to DynamoDB, the process is dead.
    pub(crate) fn die_after(&self, calls: usize) {
        self.script(move |call| if call.number > calls { Step::Die(calls) } else { Step::Forward });
    }

    /// One call fails.
    pub(crate) fn fail_at(&self, number: usize, fault: Fault) {
        self.script(move |call| if call.number == number { Step::Fail(fault) } else { Step::Forward });
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> Calls {
        Calls(self.0.calls.lock().unwrap().clone())
    }

    /// The calls so far, which are forgotten: the next is number 1.
    pub(crate) fn take_calls(&self) -> Calls {
        Calls(std::mem::take(&mut self.0.calls.lock().unwrap()))
    }

    /// Waits until that many calls have ended.
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
