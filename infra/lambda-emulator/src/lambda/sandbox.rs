//! An execution environment: one process of a function, from its start to its end.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
    sync::{mpsc, oneshot},
    time::{Instant, timeout_at},
};

use crate::{
    lambda::runtime_api::{Call, Invocation, RESPONSE_LIMIT_BYTES, Registration, Registry, ReportedError},
    log::{LogSink, ProcessLog},
};

/// What it takes to start a process of a function.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// Name of the function, for logs and `AWS_LAMBDA_FUNCTION_NAME`.
    pub(crate) function: String,
    pub(crate) binary: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    /// Of one invocation.
    pub(crate) timeout: Duration,
    /// Of the start, up to the first `next`.
    pub(crate) init_timeout: Duration,
}

/// Why an execution environment gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("cannot start {binary}: {reason}")]
    Start { binary: String, reason: String },
    #[error("init failed: {0}")]
    Init(String),
    #[error("init did not reach the first `next` within {} ms", .0.as_millis())]
    InitTimeout(Duration),
    #[error("the process ended during an invocation: {0}")]
    Crash(String),
    #[error("task timed out after {} ms", .0.as_millis())]
    Timeout(Duration),
    #[error("{kind}: {message}")]
    Handler { kind: String, message: String },
    #[error("the response has {0} bytes, more than Lambda's {RESPONSE_LIMIT_BYTES}")]
    TooLarge(usize),
}

impl Failure {
    /// Whether the process can take another invocation. A handler's own error leaves it as it was; so does Lambda.
    pub(crate) fn leaves_process_usable(&self) -> bool {
        matches!(self, Self::Handler { .. } | Self::TooLarge(_))
    }
}

/// A running process. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Sandbox {
    /// Calls reach this process only as long as it is held.
    _registration: Registration,
    child: Child,
    calls: mpsc::Receiver<Call>,
    /// The process's waiting `GET next`.
    next: Option<oneshot::Sender<Invocation>>,
}

impl Sandbox {
    /// Starts a process and waits until it asks for its first event.
    pub(crate) async fn start(
        program: &Program,
        registry: &Registry,
        runtime_api: &str,
        logs: &LogSink,
    ) -> Result<Self, Failure> {
        let (registration, calls) = registry.register();
        let failed = |error: std::io::Error| Failure::Start {
            binary: program.binary.display().to_string(),
            reason: error.to_string(),
        };
        let mut command = Command::new(&program.binary);
        command
            .args(&program.arguments)
            .env_clear()
            .envs(&program.environment)
            // A scheme, because an address without one cannot carry a path.
            .env("AWS_LAMBDA_RUNTIME_API", format!("http://{runtime_api}/{}", registration.id))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Ctrl-C reaches the whole foreground group: the stack ends its processes itself, after their invocations' end is logged.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(failed)?;
        if let Some(output) = child.stdout.take() {
            tokio::spawn(forward(output, logs.of_process(&program.function)));
        }
        if let Some(output) = child.stderr.take() {
            tokio::spawn(forward(output, logs.of_process(&program.function)));
        }
        let mut sandbox = Self { _registration: registration, child, calls, next: None };
        sandbox.wait_for_next(program.init_timeout).await?;
        Ok(sandbox)
    }

    /// The id of its process; `None` once that has ended.
    pub(crate) fn process(&mut self) -> Option<u32> {
        matches!(self.child.try_wait(), Ok(None)).then(|| self.child.id()).flatten()
    }

    /// Whether an idle process is still there and asks (or soon asks) for an event.
    pub(crate) async fn is_ready(&mut self, program: &Program) -> bool {
        matches!(self.child.try_wait(), Ok(None)) && self.wait_for_next(program.init_timeout).await.is_ok()
    }

    /// Sends one event and waits for its result, for as long as the function's timeout.
    pub(crate) async fn invoke(&mut self, program: &Program, event: Bytes) -> Result<Bytes, Failure> {
        let request_id = uuid::Uuid::now_v7().to_string();
        let deadline = SystemTime::now() + program.timeout;
        let invocation = Invocation {
            request_id: request_id.clone(),
            deadline_ms: deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis(),
            function_arn: format!("arn:aws:lambda:{}:000000000000:function:{}", crate::REGION, program.function),
            trace_id: trace_id(),
            event,
        };
        if self.next.take().is_none_or(|next| next.send(invocation).is_err()) {
            return Err(Failure::Crash(self.end().await));
        }
        let deadline = Instant::now() + program.timeout;
        loop {
            let Ok(occurrence) = timeout_at(deadline, self.occurrence()).await else {
                // Killed here and not on drop, so that it is gone when the caller is told.
                drop(self.child.kill().await);
                return Err(Failure::Timeout(program.timeout));
            };
            match occurrence {
                Occurrence::Exit(status) => return Err(Failure::Crash(status)),
                Occurrence::Call(Call::Response { request_id: id, body }) if id == request_id => {
                    return if body.len() > RESPONSE_LIMIT_BYTES {
                        Err(Failure::TooLarge(body.len()))
                    } else {
                        Ok(body)
                    };
                }
                Occurrence::Call(Call::Error { request_id: id, error: ReportedError { kind, message } })
                    if id == request_id =>
                {
                    return Err(Failure::Handler { kind, message });
                }
                // `next` with the result still owed: the event is lost, as on Lambda, and the timeout ends it.
                Occurrence::Call(Call::Next(next)) => self.next = Some(next),
                // The answer of an earlier invocation.
                Occurrence::Call(Call::Response { .. } | Call::Error { .. } | Call::InitError(_)) => {}
            }
        }
    }

    async fn wait_for_next(&mut self, limit: Duration) -> Result<(), Failure> {
        let deadline = Instant::now() + limit;
        // A `next` whose connection has closed will never carry an event.
        while self.next.as_ref().is_none_or(oneshot::Sender::is_closed) {
            let Ok(occurrence) = timeout_at(deadline, self.occurrence()).await else {
                drop(self.child.kill().await);
                return Err(Failure::InitTimeout(limit));
            };
            match occurrence {
                Occurrence::Exit(status) => return Err(Failure::Init(status)),
                Occurrence::Call(Call::InitError(error)) => {
                    return Err(Failure::Init(format!("{}: {}", error.kind, error.message)));
                }
                Occurrence::Call(Call::Next(next)) => self.next = Some(next),
                Occurrence::Call(Call::Response { .. } | Call::Error { .. }) => {}
            }
        }
        Ok(())
    }

    /// The next thing that happens. Calls come first: a process may post its error and exit at once.
    async fn occurrence(&mut self) -> Occurrence {
        tokio::select! {
            biased;
            Some(call) = self.calls.recv() => Occurrence::Call(call),
            status = self.child.wait() => Occurrence::Exit(describe(status)),
        }
    }

    /// How the process ended; kills it when it has not.
    async fn end(&mut self) -> String {
        // A connection closes a moment before its process is gone.
        match tokio::time::timeout(Duration::from_secs(1), self.child.wait()).await {
            Ok(status) => describe(status),
            Err(_) => {
                drop(self.child.kill().await);
                "it closed its connection to the Runtime API".to_owned()
            }
        }
    }
}

enum Occurrence {
    Call(Call),
    Exit(String),
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

/// X-Ray's shape: seconds and 96 random bits, then a segment of 64, in hex.
pub(crate) fn trace_id() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (root, parent) = (rand::random::<u128>() >> 32, rand::random::<u64>());
    format!("Root=1-{seconds:08x}-{root:024x};Parent={parent:016x};Sampled=0")
}

async fn forward(output: impl AsyncRead + Unpin, mut log: ProcessLog) {
    let mut lines = BufReader::new(output).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        log.line(String::from_utf8_lossy(&line).trim_end());
    }
}
