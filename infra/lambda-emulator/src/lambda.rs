//! Lambda itself: a pool of execution environments for each function.

pub(crate) mod runtime_api;
pub(crate) mod sandbox;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::{log::LogSink, template::Function};
use runtime_api::Registry;
use sandbox::{Failure, Program, Sandbox};

/// Lambda ends an Init phase after 10 s.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why an invocation gave no result. Every one of them is written to the log where it happens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The template has no function of this name.
    #[error("no function {0}")]
    UnknownFunction(String),
    /// The process could not be started, ended before it asked for an event, or reported that its Init failed.
    #[error("{function}: {reason}")]
    Init {
        /// Name of the function.
        function: String,
        /// What happened.
        reason: String,
    },
    /// The process ended during the invocation.
    #[error("{function}: {reason}")]
    Crash {
        /// Name of the function.
        function: String,
        /// What happened.
        reason: String,
    },
    /// The invocation took longer than the function's `Timeout`; the process was killed.
    #[error("{function}: timed out after {} ms", .after.as_millis())]
    Timeout {
        /// Name of the function.
        function: String,
        /// Its `Timeout`.
        after: Duration,
    },
    /// The handler returned an error, or panicked.
    #[error("{function}: {kind}: {message}")]
    Handler {
        /// Name of the function.
        function: String,
        /// Type of the error, as the function named it.
        kind: String,
        /// Its message.
        message: String,
    },
    /// The response is larger than Lambda takes (6 MB).
    #[error("{function}: the response has {bytes} bytes")]
    ResponseTooLarge {
        /// Name of the function.
        function: String,
        /// Size of the response.
        bytes: usize,
    },
    /// The stack is going down.
    #[error("the stack is shutting down")]
    ShuttingDown,
}

/// What is common to the processes of all functions.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) binaries: PathBuf,
    /// `127.0.0.1:<port>` of the Runtime API.
    pub(crate) runtime_api: String,
    /// Execution environments per function, at most. Invocations beyond wait for one.
    pub(crate) concurrency: usize,
    /// Variables that every process gets whatever the template says.
    pub(crate) environment: BTreeMap<String, String>,
    /// Values of declared variables that replace the template's; `None` is blank.
    pub(crate) overrides: BTreeMap<String, Option<String>>,
    pub(crate) logs: LogSink,
}

/// All functions. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Lambda {
    pools: Arc<HashMap<String, Arc<Pool>>>,
}

impl Lambda {
    pub(crate) fn new(functions: &[Function], settings: &Settings, registry: &Registry) -> Self {
        let pools = functions.iter().map(|function| {
            let pool = Pool::new(program(function, settings), settings.clone(), registry.clone());
            (function.name.clone(), Arc::new(pool))
        });
        Self { pools: Arc::new(pools.collect()) }
    }

    /// Invokes a function and waits for its result, a JSON document.
    ///
    /// The invocation runs to its end when the returned future is dropped, as it does on AWS when a caller hangs up.
    pub(crate) async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        let pool = self.pools.get(function).ok_or_else(|| InvokeError::UnknownFunction(function.to_owned()))?;
        let pool = Arc::clone(pool);
        tokio::spawn(async move { pool.invoke(event).await }).await.unwrap_or(Err(InvokeError::ShuttingDown))
    }

    /// The ids of a function's processes, busy and idle.
    pub(crate) fn processes(&self, function: &str) -> Vec<u32> {
        let Some(pool) = self.pools.get(function) else { return Vec::new() };
        let busy = pool.busy.lock().unwrap_or_else(PoisonError::into_inner).clone();
        busy.into_iter().chain(pool.idle().iter_mut().filter_map(Sandbox::process)).collect()
    }

    /// Ends all idle processes; busy ones end with the runtime.
    pub(crate) fn shut_down(&self) {
        for pool in self.pools.values() {
            pool.slots.close();
            pool.idle().clear();
        }
    }
}

#[derive(Debug)]
struct Pool {
    program: Program,
    settings: Settings,
    registry: Registry,
    /// A permit is the right to one execution environment, so idle and busy ones together never exceed the bound.
    slots: Semaphore,
    idle: Mutex<Vec<Sandbox>>,
    /// Processes that an invocation is with.
    busy: Mutex<BTreeSet<u32>>,
}

impl Pool {
    fn new(program: Program, settings: Settings, registry: Registry) -> Self {
        let slots = Semaphore::new(settings.concurrency.max(1));
        Self { program, settings, registry, slots, idle: Mutex::default(), busy: Mutex::default() }
    }

    async fn invoke(&self, event: Bytes) -> Result<Bytes, InvokeError> {
        let _slot = self.slots.acquire().await.map_err(|_| InvokeError::ShuttingDown)?;
        self.invoke_in_slot(event).await.map_err(|failure| {
            self.settings.logs.line(&self.program.function, &failure.to_string());
            self.error(failure)
        })
    }

    async fn invoke_in_slot(&self, event: Bytes) -> Result<Bytes, Failure> {
        let mut sandbox = match self.take_idle().await {
            Some(sandbox) => sandbox,
            None => {
                Sandbox::start(&self.program, &self.registry, &self.settings.runtime_api, &self.settings.logs).await?
            }
        };
        // None has ended already. It must not read as process 0: a signal to that is one to whoever sends it.
        let process = sandbox.process();
        let busy = || self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy().extend(process);
        let result = sandbox.invoke(&self.program, event).await;
        busy().retain(|id| Some(*id) != process);
        if result.as_ref().err().is_none_or(Failure::leaves_process_usable) && !self.slots.is_closed() {
            self.idle().push(sandbox);
        }
        result
    }

    /// The most recently used one first, so that the others may be found ended.
    async fn take_idle(&self) -> Option<Sandbox> {
        loop {
            let mut sandbox = self.idle().pop()?;
            if sandbox.is_ready(&self.program).await {
                return Some(sandbox);
            }
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Sandbox>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, failure: Failure) -> InvokeError {
        let function = self.program.function.clone();
        let reason = failure.to_string();
        match failure {
            Failure::Start { .. } | Failure::Init(_) | Failure::InitTimeout(_) => {
                InvokeError::Init { function, reason }
            }
            Failure::Crash(_) => InvokeError::Crash { function, reason },
            Failure::Timeout(after) => InvokeError::Timeout { function, after },
            Failure::Handler { kind, message } => InvokeError::Handler { function, kind, message },
            Failure::TooLarge(bytes) => InvokeError::ResponseTooLarge { function, bytes },
        }
    }
}

fn program(function: &Function, settings: &Settings) -> Program {
    let mut environment = function.environment.clone();
    for (name, value) in &settings.overrides {
        // Lambda sets only what the template declares: a variable that works locally must not be missing on AWS.
        if let Some(declared) = environment.get_mut(name) {
            *declared = value.clone().unwrap_or_default();
        }
    }
    environment.extend(settings.environment.clone());
    environment.extend([
        ("AWS_LAMBDA_FUNCTION_NAME".to_owned(), function.name.clone()),
        // Not set on Lambda: the SDK's requests then name the function, for who wants to know which one asks for what.
        ("AWS_SDK_UA_APP_ID".to_owned(), function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION".to_owned(), "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), function.memory_mb.to_string()),
        ("AWS_LAMBDA_LOG_GROUP_NAME".to_owned(), format!("/aws/lambda/{}", function.name)),
        ("AWS_LAMBDA_LOG_STREAM_NAME".to_owned(), "local".to_owned()),
        ("_HANDLER".to_owned(), "bootstrap".to_owned()),
    ]);
    Program {
        function: function.name.clone(),
        binary: settings.binaries.join(format!("{}{}", function.name, std::env::consts::EXE_SUFFIX)),
        arguments: Vec::new(),
        environment,
        timeout: function.timeout,
        init_timeout: INIT_TIMEOUT,
    }
}

// The functions of these tests are shell scripts.
#[cfg(test)]
#[cfg(unix)]
mod tests;
