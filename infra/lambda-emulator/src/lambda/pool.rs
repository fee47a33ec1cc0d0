//! The execution environments of one function.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::{Semaphore, mpsc};

use crate::{
    lambda::{
        invoke_error::InvokeError,
        program::Program,
        runtime_api::RuntimeApi,
        sandbox::{Sandbox, SandboxError},
    },
    log::LogSink,
    options::Options,
};

/// Execution environments that one function uses again.
#[derive(Debug)]
pub(crate) struct Pool {
    program: Program,
    runtime_api: RuntimeApi,
    logs: LogSink,
    /// One permit for each execution environment, so idle and busy environments together never exceed the maximum.
    slots: Semaphore,
    idle: Mutex<Vec<Sandbox>>,
    /// The ids of processes with an invocation.
    busy: Mutex<BTreeSet<u32>>,
}

impl Pool {
    pub(crate) fn new(program: Program, options: &Options, runtime_api: RuntimeApi) -> Self {
        let slots = Semaphore::new(options.concurrency.max(1));
        let logs = options.logs.clone();
        Self { program, runtime_api, logs, slots, idle: Mutex::default(), busy: Mutex::default() }
    }

    /// Invokes the function. A streamed response goes to `chunks`, or is returned as a whole without them.
    pub(crate) async fn invoke(&self, event: Bytes, chunks: Option<mpsc::Sender<Bytes>>) -> Result<Bytes, InvokeError> {
        let _slot = self.slots.acquire().await.map_err(|_| InvokeError::ShuttingDown)?;
        self.invoke_in_slot(event, chunks).await.map_err(|error| {
            self.logs.write_line(&self.program.function, &error.to_string());
            self.invoke_error(error)
        })
    }

    /// Starts a process unless one is idle, and waits until it asks for an event.
    pub(crate) async fn warm_up(&self) -> Result<(), InvokeError> {
        let _slot = self.slots.acquire().await.map_err(|_| InvokeError::ShuttingDown)?;
        let sandbox = match self.take_idle().await {
            Some(sandbox) => sandbox,
            None => Sandbox::start(&self.program, &self.runtime_api, &self.logs)
                .await
                .map_err(|error| self.invoke_error(error))?,
        };
        self.idle().push(sandbox);
        Ok(())
    }

    /// The ids of the processes, busy and idle.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let busy = self.busy().clone();
        busy.into_iter().chain(self.idle().iter_mut().filter_map(Sandbox::process)).collect()
    }

    /// Refuses further invocations and ends all idle processes.
    pub(crate) fn shut_down(&self) {
        self.slots.close();
        self.idle().clear();
    }

    async fn invoke_in_slot(&self, event: Bytes, chunks: Option<mpsc::Sender<Bytes>>) -> Result<Bytes, SandboxError> {
        let mut sandbox = match self.take_idle().await {
            Some(sandbox) => sandbox,
            None => Sandbox::start(&self.program, &self.runtime_api, &self.logs).await?,
        };
        // `None` if the process has just ended. It must not become process id 0: a signal to 0 reaches the sender's own
        // group.
        let process = sandbox.process();
        self.busy().extend(process);
        let result = sandbox.invoke(&self.program, event, chunks).await;
        self.busy().retain(|id| Some(*id) != process);
        if result.as_ref().err().is_none_or(SandboxError::leaves_process_usable) && !self.slots.is_closed() {
            self.idle().push(sandbox);
        }
        result
    }

    /// Takes the most recently used environment whose process still runs.
    async fn take_idle(&self) -> Option<Sandbox> {
        loop {
            let mut sandbox = self.idle().pop()?;
            if sandbox.is_ready(&self.program).await {
                return Some(sandbox);
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Sandbox>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn busy(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn invoke_error(&self, error: SandboxError) -> InvokeError {
        let function = self.program.function.clone();
        let reason = error.to_string();
        match error {
            SandboxError::Start { .. }
            | SandboxError::Init(_)
            | SandboxError::InitExit { .. }
            | SandboxError::InitTimeout(_) => InvokeError::Init { function, reason },
            SandboxError::Crash(_) => InvokeError::Crash { function, reason },
            SandboxError::Timeout(after) => InvokeError::Timeout { function, after },
            SandboxError::Handler { kind, message } => InvokeError::Handler { function, kind, message },
            SandboxError::ResponseTooLarge(bytes) => InvokeError::ResponseTooLarge { function, bytes },
            SandboxError::StreamTooLarge => InvokeError::StreamTooLarge { function },
        }
    }
}

// Some functions of these tests are shell commands.
#[cfg(test)]
#[cfg(unix)]
mod tests;
