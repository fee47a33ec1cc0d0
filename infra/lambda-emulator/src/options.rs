//! Options for running the functions.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use usher_loopback::Hosts;

use crate::log::LogSink;

/// Options for running the functions of a template.
#[derive(Debug, Clone)]
pub struct Options {
    /// Directory of the functions' binaries.
    pub binaries: PathBuf,
    /// Variables that every process gets, whatever the template declares. A process inherits no other variable.
    pub environment: BTreeMap<String, String>,
    /// Values of variables, for the functions that declare them in the template. `None` makes the variable blank.
    pub overrides: BTreeMap<String, Option<String>>,
    /// The sink for the output of the functions.
    pub logs: LogSink,
    /// The maximum number of processes per function. Further invocations wait.
    pub concurrency: usize,
    /// The maximum duration of the start of a process, until it asks for an event. Lambda's is 10 s.
    pub init_timeout: Duration,
    /// `true` if every request body is sent as base64, as by a gateway that treats all media types as binary.
    pub base64_bodies: bool,
    /// `true` if a batch of the stream is retried until it is processed, as on AWS for a day, unless the template has a
    /// maximum. Otherwise it is dropped after 5 retries.
    pub endless_stream_retries: bool,
    /// When scheduled functions run.
    pub schedules: Schedules,
    /// Functions whose schedules do not run, by name.
    pub unscheduled: BTreeSet<String>,
    /// The time without a message in either direction after which a WebSocket is closed. API Gateway's is 10 minutes.
    pub websocket_idle_timeout: Duration,
    /// The time after which a WebSocket is closed. API Gateway's is 2 hours.
    pub websocket_max_duration: Duration,
    /// The names by which the Runtime API may be called, beside those of loopback.
    pub hosts: Hosts,
}

/// When scheduled functions run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Schedules {
    /// Runs at the rate of the template.
    #[default]
    Template,
    /// Runs at this rate and ignores the template's.
    Every(Duration),
    /// Never runs.
    Off,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            binaries: PathBuf::new(),
            environment: BTreeMap::new(),
            overrides: BTreeMap::new(),
            logs: LogSink::Terminal,
            concurrency: 10,
            init_timeout: Duration::from_secs(10),
            base64_bodies: false,
            endless_stream_retries: false,
            schedules: Schedules::Template,
            unscheduled: BTreeSet::new(),
            websocket_idle_timeout: Duration::from_secs(10 * 60),
            websocket_max_duration: Duration::from_secs(2 * 60 * 60),
            hosts: Hosts::default(),
        }
    }
}
