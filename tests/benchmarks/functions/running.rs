//! A process of a program behind the emulator's API.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::Router;
use clerk_emulator::Clerk;
use lambda_emulator::{Emulator, LogSink, Options};
use reqwest::Client;
use tokio::net::TcpListener;

use crate::{fixed_answers::FixedAnswers, subject::Subject};

/// A process, and who calls it. Its listeners end with the tokio runtime, so each process needs a runtime of its own.
pub struct RunningFunction<'a> {
    subject: &'a Subject,
    clerk: &'a Clerk,
    emulator: Emulator,
    client: Client,
    api: String,
    logs: Arc<Mutex<Vec<String>>>,
    /// The time from the start of the process until it asked for its first event.
    pub init: Duration,
    /// The id of the process.
    pub process: u32,
}

impl<'a> RunningFunction<'a> {
    /// Starts the process of a program in `directory`, and waits until it asks for its first event.
    pub async fn start(subject: &'a Subject, answers: &'a FixedAnswers, directory: &Path) -> Self {
        let logs = Arc::default();
        let options = Options {
            binaries: directory.to_owned(),
            environment: environment(answers),
            overrides: subject.variables.clone(),
            logs: LogSink::Capture(Arc::clone(&logs)),
            concurrency: 1,
            // In valgrind, Init takes seconds.
            init_timeout: Duration::from_secs(60),
            ..Options::default()
        };
        let emulator = Emulator::start(subject.template.clone(), options).await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        emulator.serve_http_api(listener, Router::new());
        let client = Client::builder().no_proxy().build().unwrap();
        let start = Instant::now();
        emulator.warm_up().await.unwrap();
        let init = start.elapsed();
        let process = emulator.processes(&subject.program)[0];
        Self { subject, clerk: &answers.clerk, emulator, client, api, logs, init, process }
    }

    /// Sends a request, and waits for the whole answer. Returns the time to the first byte of the answer's body.
    pub async fn call(&self) -> Duration {
        let request = self.subject.request(&self.client, &self.api, self.clerk);
        let start = Instant::now();
        let mut response = request.send().await.unwrap();
        let status = response.status();
        let mut body = response.chunk().await.unwrap().unwrap_or_default().to_vec();
        let latency = start.elapsed();
        while let Some(chunk) = response.chunk().await.unwrap() {
            body.extend_from_slice(&chunk);
        }
        let body = String::from_utf8_lossy(&body);
        // A reply that failed says so at its end.
        let is_answer = status.is_success() && !body.contains(r#""status":"failed""#);
        assert!(is_answer, "{}: {status} {body}\n{}", self.subject.program, self.last_logs());
        latency
    }

    /// Sends requests one after another. Returns the mean of their times.
    pub async fn mean_latency(&self, requests: u32) -> Duration {
        let mut total = Duration::ZERO;
        for _ in 0..requests {
            total += self.call().await;
        }
        total / requests
    }

    /// The end of the log. Node writes the whole line of an error, which is the whole bundle.
    fn last_logs(&self) -> String {
        let logs = self.logs.lock().unwrap().join("\n");
        logs[logs.floor_char_boundary(logs.len().saturating_sub(2000))..].to_owned()
    }

    /// Kills the process.
    pub async fn kill(self) {
        self.emulator.shut_down();
        self.ended().await;
    }

    /// Ends the process with SIGTERM, so that a program around it can finish.
    pub async fn terminate(self) {
        let killed = Command::new("kill").arg(self.process.to_string()).status().unwrap();
        assert!(killed.success());
        self.ended().await;
    }

    async fn ended(&self) {
        while !self.emulator.processes(&self.subject.program).is_empty()
            || fs::exists(format!("/proc/{}", self.process)).unwrap()
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// The variables that every process gets, as on Lambda: credentials, the format of the logs, the roots that it trusts.
fn environment(answers: &FixedAnswers) -> BTreeMap<String, String> {
    let certificates = &answers.certificates;
    let variables = [
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ENDPOINT_URL_SSM", &answers.url),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
        ("SSL_CERT_FILE", certificates.roots.to_str().unwrap()),
        // Node has the other roots in its binary.
        ("NODE_EXTRA_CA_CERTS", certificates.issuer.to_str().unwrap()),
    ];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
