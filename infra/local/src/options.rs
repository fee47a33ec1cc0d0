//! The options of a stack.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    path::PathBuf,
    time::Duration,
};

use lambda_emulator::{LogSink, Schedules};
use model_emulator::Pace;

use crate::{
    dynamodb::Storage,
    paths::{binaries_directory, find_template},
};

/// The options of a stack. The default is for tests: free ports, rows in memory, and the template and binaries of the
/// workspace in which the current executable was built.
#[derive(Debug, Clone)]
pub struct Options {
    /// The SAM template.
    pub template: PathBuf,
    /// The directory of the functions' binaries.
    pub binaries: PathBuf,
    /// The port of the API on 127.0.0.1; 0 takes a free one.
    pub api_port: u16,
    /// The port of the Clerk emulator; 0 takes a free one.
    pub clerk_port: u16,
    /// The port of the embedded DynamoDB; 0 takes a free one. Not used with an external endpoint.
    pub dynamodb_port: u16,
    /// The URL for webhooks if another program serves the API. The stack then does not serve it.
    pub webhook_url: Option<String>,
    /// The URL of the page of an app in which the console signs users in.
    pub app_url: Option<String>,
    /// A further address, beside loopback, of the embedded DynamoDB and the Clerk emulator.
    pub listen: Option<IpAddr>,
    /// Further hosts, without a port, by which the stack may be called, for example the host of a tunnel. A request
    /// with another `Host` is refused.
    pub allowed_hosts: Vec<String>,
    /// The `node_modules` from which the Clerk emulator serves Clerk's scripts for the browser.
    pub clerk_scripts: Option<PathBuf>,
    /// The place of the rows.
    pub storage: Storage,
    /// The pause between two removals of expired rows. `None` removes none, unless
    /// [`Stack::remove_expired_rows`](crate::Stack::remove_expired_rows) is called.
    pub remove_expired_every: Option<Duration>,
    /// Values of environment variables, for the functions that declare them in the template. They replace the
    /// emulator's values. `None` makes the variable blank, which counts as unset in the functions.
    pub environment: BTreeMap<String, Option<String>>,
    /// The destination of the functions' output.
    pub logs: LogSink,
    /// `AWS_LAMBDA_LOG_LEVEL` of the functions.
    pub log_level: String,
    /// `AWS_LAMBDA_LOG_FORMAT` of the functions: `Text` or `JSON`.
    pub log_format: String,
    /// The maximum number of processes per function. Further invocations wait.
    pub concurrency: usize,
    /// `true` if every request body is sent as base64, as by a gateway that treats all media types as binary.
    pub base64_bodies: bool,
    /// `true` if a batch of the stream is retried until it is processed, unless the template has a maximum.
    pub endless_stream_retries: bool,
    /// When scheduled functions run.
    pub schedules: Schedules,
    /// The functions whose schedules do not run, by name.
    pub unscheduled: BTreeSet<String>,
    /// The time without a message after which a WebSocket is closed.
    pub live_idle_timeout: Duration,
    /// The time after which a WebSocket is closed.
    pub live_max_duration: Duration,
    /// The pace of the model emulator.
    pub model_pace: Pace,
    /// Time-outs of functions, by name. They replace the template's.
    pub timeouts: BTreeMap<String, Duration>,
    /// The parameters of Systems Manager, by name.
    pub parameters: BTreeMap<String, String>,
    /// The pauses between the attempts of a webhook. `None` takes the emulator's own.
    pub webhook_retry_delays: Option<Vec<Duration>>,
}

impl Default for Options {
    fn default() -> Self {
        let functions = lambda_emulator::Options::default();
        Self {
            template: find_template(),
            binaries: binaries_directory(),
            api_port: 0,
            clerk_port: 0,
            dynamodb_port: 0,
            webhook_url: None,
            app_url: None,
            listen: None,
            allowed_hosts: Vec::new(),
            clerk_scripts: None,
            storage: Storage::Memory,
            remove_expired_every: None,
            environment: BTreeMap::new(),
            logs: LogSink::Terminal,
            log_level: "INFO".to_owned(),
            log_format: "Text".to_owned(),
            concurrency: 10,
            base64_bodies: false,
            endless_stream_retries: false,
            schedules: Schedules::Template,
            unscheduled: BTreeSet::new(),
            live_idle_timeout: functions.websocket_idle_timeout,
            live_max_duration: functions.websocket_max_duration,
            model_pace: Pace::Immediate,
            timeouts: BTreeMap::new(),
            parameters: BTreeMap::new(),
            webhook_retry_delays: None,
        }
    }
}
