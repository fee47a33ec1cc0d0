//! An execution environment: one process of a function, from its start to its end.

use std::{
    process::{ExitStatus, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use tokio::{
    process::{Child, Command},
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    account::{ACCOUNT_ID, REGION},
    lambda::{
        last_words::{Cause, copy_lines},
        program::Program,
        runtime_api::{Invocation, RESPONSE_LIMIT_BYTES, Registration, ReportedError, RuntimeApi, RuntimeCall},
        streamed_response::{STREAM_LIMIT_BYTES, StreamFailure, receive_stream},
    },
    log::LogSink,
    trace_id::new_trace_id,
};

/// An error of an execution environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SandboxError {
    #[error("cannot start {binary}: {reason}")]
    Start { binary: String, reason: String },
    #[error("init failed: {0}")]
    Init(String),
    #[error("init failed ({status}): {cause}")]
    InitExit { status: String, cause: String },
    #[error("init did not reach the first `next` within {} ms", .0.as_millis())]
    InitTimeout(Duration),
    #[error("the process ended during an invocation: {0}")]
    Crash(String),
    #[error("task timed out after {} ms", .0.as_millis())]
    Timeout(Duration),
    #[error("{kind}: {message}")]
    Handler { kind: String, message: String },
    #[error("the response has {0} bytes, more than Lambda's {RESPONSE_LIMIT_BYTES}")]
    ResponseTooLarge(usize),
    #[error("the streamed response has more bytes than Lambda's {STREAM_LIMIT_BYTES}")]
    StreamTooLarge,
}

impl SandboxError {
    /// Returns whether the process can take another invocation. As on Lambda, a handler error does not end it.
    pub(crate) fn leaves_process_usable(&self) -> bool {
        matches!(self, Self::Handler { .. } | Self::ResponseTooLarge(_) | Self::StreamTooLarge)
    }
}

/// A running process. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Sandbox {
    /// The Runtime API passes calls on as long as this is held.
    _registration: Registration,
    child: Child,
    /// The copying of the process's standard error, which ends after the process.
    errors: Option<JoinHandle<Cause>>,
    calls: mpsc::Receiver<RuntimeCall>,
    /// The pending `GET next` of the process.
    next: Option<oneshot::Sender<Invocation>>,
}

impl Sandbox {
    /// Starts a process and waits until it asks for its first event.
    pub(crate) async fn start(
        program: &Program,
        runtime_api: &RuntimeApi,
        logs: &LogSink,
    ) -> Result<Self, SandboxError> {
        let (registration, calls) = runtime_api.register();
        let failed = |error: std::io::Error| SandboxError::Start {
            binary: program.binary.display().to_string(),
            reason: error.to_string(),
        };
        let mut command = Command::new(&program.binary);
        command
            .args(&program.arguments)
            .env_clear()
            .envs(&program.environment)
            .env("AWS_LAMBDA_RUNTIME_API", registration.url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Ctrl-C would reach the whole foreground group. The pool ends its processes itself, after their invocations
        // are logged.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(failed)?;
        if let Some(output) = child.stdout.take() {
            drop(copy_lines(output, logs.process_log(&program.function)));
        }
        let errors = child.stderr.take().map(|output| copy_lines(output, logs.process_log(&program.function)));
        let mut sandbox = Self { _registration: registration, child, errors, calls, next: None };
        sandbox.wait_for_next(program.init_timeout).await?;
        Ok(sandbox)
    }

    /// The id of the process. Returns `None` if the process has ended.
    pub(crate) fn process(&mut self) -> Option<u32> {
        matches!(self.child.try_wait(), Ok(None)).then(|| self.child.id()).flatten()
    }

    /// Returns whether an idle process still runs and asks for an event. Waits for that at most as long as for an Init.
    pub(crate) async fn is_ready(&mut self, program: &Program) -> bool {
        matches!(self.child.try_wait(), Ok(None)) && self.wait_for_next(program.init_timeout).await.is_ok()
    }

    /// Sends one event and waits for its result, at most as long as the function's timeout. A streamed response goes to
    /// `chunks` while it is made, or, without them, is returned as a whole.
    pub(crate) async fn invoke(
        &mut self,
        program: &Program,
        event: Bytes,
        chunks: Option<mpsc::Sender<Bytes>>,
    ) -> Result<Bytes, SandboxError> {
        let request_id = uuid::Uuid::now_v7().to_string();
        let deadline = SystemTime::now() + program.timeout;
        let invocation = Invocation {
            request_id: request_id.clone(),
            deadline_ms: deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis(),
            function_arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{}", program.function),
            trace_id: new_trace_id(),
            event,
        };
        if self.next.take().is_none_or(|next| next.send(invocation).is_err()) {
            return Err(SandboxError::Crash(self.end().await));
        }
        let deadline = Instant::now() + program.timeout;
        loop {
            let Ok(occurrence) = timeout_at(deadline, self.occurrence()).await else {
                // Killed here and not on drop, so that the process is gone when the caller gets the error.
                drop(self.child.kill().await);
                return Err(SandboxError::Timeout(program.timeout));
            };
            match occurrence {
                Occurrence::Exit(status) => return Err(SandboxError::Crash(status)),
                Occurrence::Call(RuntimeCall::Response { request_id: id, body }) if id == request_id => {
                    return if body.len() > RESPONSE_LIMIT_BYTES {
                        Err(SandboxError::ResponseTooLarge(body.len()))
                    } else {
                        Ok(body)
                    };
                }
                Occurrence::Call(RuntimeCall::StreamedResponse { request_id: id, body, received })
                    if id == request_id =>
                {
                    let receiving = receive_stream(body, chunks);
                    let result = tokio::select! {
                        biased;
                        result = timeout_at(deadline, receiving) => result,
                        status = self.child.wait() => return Err(SandboxError::Crash(describe(status))),
                    };
                    drop(received);
                    return match result {
                        Ok(Ok(whole)) => Ok(whole),
                        Ok(Err(StreamFailure::Reported(ReportedError { kind, message }))) => {
                            Err(SandboxError::Handler { kind, message })
                        }
                        Ok(Err(StreamFailure::TooLarge)) => Err(SandboxError::StreamTooLarge),
                        Ok(Err(StreamFailure::Broken)) => Err(SandboxError::Crash(self.end().await)),
                        Err(_) => {
                            drop(self.child.kill().await);
                            Err(SandboxError::Timeout(program.timeout))
                        }
                    };
                }
                Occurrence::Call(RuntimeCall::Error { request_id: id, error: ReportedError { kind, message } })
                    if id == request_id =>
                {
                    return Err(SandboxError::Handler { kind, message });
                }
                // `next` before the result: the event is lost, as on Lambda, and the invocation times out.
                Occurrence::Call(RuntimeCall::Next(next)) => self.next = Some(next),
                // The result of an earlier invocation.
                Occurrence::Call(
                    RuntimeCall::Response { .. }
                    | RuntimeCall::StreamedResponse { .. }
                    | RuntimeCall::Error { .. }
                    | RuntimeCall::InitError(_),
                ) => {}
            }
        }
    }

    async fn wait_for_next(&mut self, limit: Duration) -> Result<(), SandboxError> {
        let deadline = Instant::now() + limit;
        // A `next` whose connection has closed will never carry an event.
        while self.next.as_ref().is_none_or(oneshot::Sender::is_closed) {
            let Ok(occurrence) = timeout_at(deadline, self.occurrence()).await else {
                drop(self.child.kill().await);
                return Err(SandboxError::InitTimeout(limit));
            };
            match occurrence {
                Occurrence::Exit(status) => {
                    return Err(match self.cause().await {
                        Some(cause) => SandboxError::InitExit { status, cause },
                        None => SandboxError::Init(status),
                    });
                }
                Occurrence::Call(RuntimeCall::InitError(error)) => {
                    return Err(SandboxError::Init(format!("{}: {}", error.kind, error.message)));
                }
                Occurrence::Call(RuntimeCall::Next(next)) => self.next = Some(next),
                Occurrence::Call(
                    RuntimeCall::Response { .. } | RuntimeCall::StreamedResponse { .. } | RuntimeCall::Error { .. },
                ) => {}
            }
        }
        Ok(())
    }

    /// Waits for the next call or the end of the process. Calls come first, because a process may post its error and
    /// exit.
    async fn occurrence(&mut self) -> Occurrence {
        tokio::select! {
            biased;
            Some(call) = self.calls.recv() => Occurrence::Call(call),
            status = self.child.wait() => Occurrence::Exit(describe(status)),
        }
    }

    /// Returns why the process has ended, if it wrote that to standard error.
    async fn cause(&mut self) -> Option<String> {
        // A child of the process may still hold its standard error open.
        let cause = timeout(Duration::from_secs(1), self.errors.take()?).await.ok()?.ok()?;
        cause.text().map(str::to_owned)
    }

    /// Waits for the end of the process and describes it. Kills a process that does not end within a second.
    async fn end(&mut self) -> String {
        // The connection of a process closes a moment before the process is gone.
        match timeout(Duration::from_secs(1), self.child.wait()).await {
            Ok(status) => describe(status),
            Err(_) => {
                drop(self.child.kill().await);
                "it closed its connection to the Runtime API".to_owned()
            }
        }
    }
}

/// Something that happens to a running process.
enum Occurrence {
    Call(RuntimeCall),
    Exit(String),
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}
