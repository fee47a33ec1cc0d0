//! How a stack is started.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use lambda_emulator::{LogSink, Schedules};

use crate::dynamodb::Storage;

/// How a stack is started. The default takes free ports, keeps rows in memory, and finds template and binaries from where
/// the current executable is built: what a test wants.
#[derive(Debug, Clone)]
pub struct Options {
    /// The SAM template.
    pub template: PathBuf,
    /// Directory of the functions' binaries.
    pub binaries: PathBuf,
    /// Port of the API on 127.0.0.1; 0 takes a free one.
    pub api_port: u16,
    /// Port of the Clerk emulator; 0 takes a free one.
    pub clerk_port: u16,
    /// Port of the embedded DynamoDB; 0 takes a free one. Not used with an external endpoint.
    pub dynamodb_port: u16,
    /// Where webhooks go when another program serves the API, which then is not served here.
    pub webhook_url: Option<String>,
    /// An address beside loopback at which the embedded DynamoDB and the Clerk emulator are reached too.
    pub listen: Option<IpAddr>,
    /// Hosts without a port, by which the stack is called beside those of loopback: that of a tunnel, for instance. Requests
    /// with any other `Host` are refused.
    pub allowed_hosts: Vec<String>,
    /// Where the rows are.
    pub storage: Storage,
    /// Values of environment variables, for the functions that declare them in the template; applied last. `None` makes the
    /// variable blank, which is unset to the functions.
    pub environment: BTreeMap<String, Option<String>>,
    /// Where the functions' output goes.
    pub logs: LogSink,
    /// `AWS_LAMBDA_LOG_LEVEL` of the functions.
    pub log_level: String,
    /// `AWS_LAMBDA_LOG_FORMAT` of the functions: `Text` or `JSON`.
    pub log_format: String,
    /// Processes per function, at most; invocations beyond wait for one.
    pub concurrency: usize,
    /// Whether every request body is sent as base64, as behind a gateway that takes all media for binary.
    pub base64_bodies: bool,
    /// When scheduled functions run.
    pub schedules: Schedules,
    /// Functions whose schedules do not run.
    pub unscheduled: BTreeSet<String>,
    /// Time-outs of functions, by name, in place of the template's.
    pub timeouts: BTreeMap<String, Duration>,
    /// Parameters of Systems Manager, by name.
    pub parameters: BTreeMap<String, String>,
    /// Waits between the attempts of a webhook; `None` takes the emulator's own.
    pub webhook_retry_delays: Option<Vec<Duration>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            template: find_template(),
            binaries: binaries_directory(),
            api_port: 0,
            clerk_port: 0,
            dynamodb_port: 0,
            webhook_url: None,
            listen: None,
            allowed_hosts: Vec::new(),
            storage: Storage::Memory,
            environment: BTreeMap::new(),
            logs: LogSink::Terminal,
            log_level: "INFO".to_owned(),
            log_format: "Text".to_owned(),
            concurrency: 10,
            base64_bodies: false,
            schedules: Schedules::Template,
            unscheduled: BTreeSet::new(),
            timeouts: BTreeMap::new(),
            parameters: BTreeMap::new(),
            webhook_retry_delays: None,
        }
    }
}

/// `template.yaml` in the current directory or the nearest one above; without one, that of the workspace cargo works in.
#[must_use]
pub fn find_template() -> PathBuf {
    const NAME: &str = "template.yaml";
    let current = std::env::current_dir().ok();
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let starts = current.iter().chain(&package).flat_map(|start| start.ancestors());
    let mut paths = starts.map(|directory| directory.join(NAME));
    paths.find(|path| path.is_file()).unwrap_or_else(|| NAME.into())
}

/// Where cargo puts the binaries of the build that the current executable is from: `target/debug` or `target/release`.
#[must_use]
pub fn binaries_directory() -> PathBuf {
    let executable = std::env::current_exe().unwrap_or_default();
    let directory = executable.parent().unwrap_or(Path::new("."));
    // Tests are one further down, in `deps`.
    let above = directory.parent().filter(|_| directory.ends_with("deps"));
    above.unwrap_or(directory).to_owned()
}
