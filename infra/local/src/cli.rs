//! The command line of `cargo dev`.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    path::{Path, PathBuf},
};

use clap::{Parser, ValueEnum};
use lambda_emulator::LogSink;

use crate::{
    build::{BuildError, build_functions},
    dynamodb::Storage,
    options::{Options, binaries_directory, find_template},
    stack::WEBHOOK_PATH,
    text_log::Reader,
};

pub(crate) const DEFAULT_PORT: u16 = 3000;

/// The function that brings every user of a Clerk instance in.
pub(crate) const RECONCILE_USERS: &str = "reconcile-users";

/// Runs the whole of Usher on this machine: the API, DynamoDB and a Clerk emulator.
///
/// Any CLERK_* variable of the environment replaces the emulator's value; with CLERK_ISSUER or CLERK_PUBLISHABLE_KEY the
/// functions work with that Clerk instance and know nothing of the emulator. PURGE_SETTLE_SECONDS and AWS_LAMBDA_LOG_LEVEL
/// are passed on to the functions.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", version)]
pub struct Arguments {
    /// Port of the API; 0 takes free ports for everything that is not given a port of its own.
    #[arg(long, default_value_t = DEFAULT_PORT)]
    pub port: u16,
    /// Port of the Clerk emulator [default: 3001].
    #[arg(long)]
    pub clerk_port: Option<u16>,
    /// Port of the embedded DynamoDB [default: 8000].
    #[arg(long)]
    pub dynamodb_port: Option<u16>,
    /// Keep the rows in this directory; without it they are gone at the end.
    #[arg(long, value_name = "DIR", conflicts_with = "dynamodb_endpoint")]
    pub data: Option<PathBuf>,
    /// Use this DynamoDB (Amazon's DynamoDB Local, for instance) and embed none.
    #[arg(long, value_name = "URL", conflicts_with = "dynamodb_port")]
    pub dynamodb_endpoint: Option<String>,
    /// The SAM template; by default the nearest template.yaml upward from here.
    #[arg(long, value_name = "PATH")]
    pub template: Option<PathBuf>,
    /// Run the functions as they are deployed: optimised.
    #[arg(long)]
    pub release: bool,
    /// Run all but the API, for `cargo lambda watch` or `sam local start-api` to serve it at --port, and write their
    /// environment files.
    #[arg(long)]
    pub services: bool,
    /// Where the Clerk emulator delivers webhooks [default: http://127.0.0.1:<--port>/webhooks/clerk].
    #[arg(long, value_name = "URL", requires = "services", value_parser = webhook_url)]
    pub webhook_url: Option<String>,
    /// Be reached at this address of the machine too, by whoever reaches it, with no password: for containers on Linux,
    /// that of Docker's bridge, usually 172.17.0.1. Docker Desktop needs none.
    #[arg(long, value_name = "ADDRESS", requires = "services", value_parser = one_address)]
    pub listen: Option<IpAddr>,
    /// Answer requests that name this host too: that of a tunnel to the API, for instance. May be given more than once. No
    /// other than those of this machine are answered, so that no web page reaches the stack by a name of its own.
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    pub allow_host: Vec<String>,
    /// Run the daily reconcile-users against another Clerk instance too. It brings the users of that instance in.
    #[arg(long)]
    pub reconcile: bool,
    /// How the log is written to standard error.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Where sam-env.json and watch.env are for as long as this runs [default: target/usher].
    #[arg(long, value_name = "DIR", requires = "services")]
    pub env_files: Option<PathBuf>,
}

/// How a log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line of words for each request.
    Text,
    /// A JSON document for each event, as on AWS.
    Json,
}

/// The URL of the template's route, under whatever the other tool serves.
fn webhook_url(text: &str) -> Result<String, String> {
    let ends_well = text.starts_with("http") && text.ends_with(WEBHOOK_PATH);
    if ends_well { Ok(text.to_owned()) } else { Err(format!("must be http://<host>:<port>{WEBHOOK_PATH}")) }
}

/// A host as the `Host` header names it, without the port, which may be any.
fn host_name(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    if is_name { Ok(text.to_owned()) } else { Err("must be a host name without scheme and port".to_owned()) }
}

/// Not all of them: the services ask nobody who they are.
fn one_address(text: &str) -> Result<IpAddr, String> {
    let address: IpAddr = text.parse().map_err(|_| "is no IP address".to_owned())?;
    if address.is_unspecified() { Err("means every network; name one address".to_owned()) } else { Ok(address) }
}

impl Arguments {
    /// Options of the stack, with the `CLERK_*` variables in `environment` (of this process).
    #[must_use]
    pub fn options(&self, environment: impl IntoIterator<Item = (String, String)>) -> Options {
        let environment: BTreeMap<String, String> = environment.into_iter().collect();
        let defaults = Options::default();
        // Free ports for all, or for none: two stacks side by side need nothing but `--port 0`.
        let port = |given: Option<u16>, usual: u16| given.unwrap_or(if self.port == 0 { 0 } else { usual });
        Options {
            template: self.template.clone().unwrap_or_else(find_template),
            binaries: self.binaries(),
            api_port: self.port,
            clerk_port: port(self.clerk_port, 3001),
            dynamodb_port: port(self.dynamodb_port, 8000),
            webhook_url: self.services.then(|| self.webhook_url()),
            listen: self.listen,
            allowed_hosts: self.allow_host.clone(),
            storage: match (&self.dynamodb_endpoint, &self.data) {
                (Some(url), _) => Storage::External(url.clone()),
                (None, Some(directory)) => Storage::Directory(directory.clone()),
                (None, None) => Storage::Memory,
            },
            logs: match self.log_format {
                LogFormat::Text => LogSink::Formatted(|| Box::<Reader>::default()),
                LogFormat::Json => LogSink::Json,
            },
            log_level: environment.get("AWS_LAMBDA_LOG_LEVEL").cloned().unwrap_or(defaults.log_level.clone()),
            log_format: "JSON".to_owned(),
            unscheduled: if is_another_instance(&environment) && !self.reconcile {
                [RECONCILE_USERS.to_owned()].into()
            } else {
                BTreeSet::new()
            },
            environment: settings(&environment),
            ..defaults
        }
    }

    fn webhook_url(&self) -> String {
        // Nobody can know which port another program will take.
        let port = if self.port == 0 { DEFAULT_PORT } else { self.port };
        self.webhook_url.clone().unwrap_or_else(|| format!("http://127.0.0.1:{port}{WEBHOOK_PATH}"))
    }

    /// The directory of the files for other tools; `None` without `--services`.
    #[must_use]
    pub fn env_files(&self) -> Option<PathBuf> {
        let usual = || self.binaries().parent().unwrap_or(Path::new("target")).join("usher");
        self.services.then(|| self.env_files.clone().unwrap_or_else(usual))
    }

    /// Next to this executable, or in the directory of the other profile beside it.
    fn binaries(&self) -> PathBuf {
        let own = binaries_directory();
        match own.parent() {
            Some(target) if self.is_release() => target.join("release"),
            _ => own,
        }
    }

    /// `cargo dev --release`, or `cargo run --release --bin local`.
    fn is_release(&self) -> bool {
        self.release || binaries_directory().ends_with("release")
    }

    /// Builds the binaries of all functions; see [`build_functions`].
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(&self, template: &Path) -> Result<(), BuildError> {
        // `parent` of a bare file name is an empty path.
        let root = template.parent().filter(|root| !root.as_os_str().is_empty());
        build_functions(root.unwrap_or(Path::new(".")), self.is_release())
    }
}

/// The variables that decide which tokens and webhooks the functions accept. With one of them in the environment the
/// emulator's users may not be able to sign in.
pub(crate) const DECISIVE: [&str; 7] = [
    "CLERK_AUDIENCE",
    "CLERK_AUTHORIZED_PARTIES",
    "CLERK_INSTANCE_ID",
    "CLERK_ISSUER",
    "CLERK_JWT_KEY",
    "CLERK_PUBLISHABLE_KEY",
    "CLERK_WEBHOOK_SECRET",
];

/// What the environment says of the functions' settings; a blank variable counts as unset.
fn settings(environment: &BTreeMap<String, String>) -> BTreeMap<String, Option<String>> {
    let is_setting = |name: &str| name.starts_with("CLERK_") || name == "PURGE_SETTLE_SECONDS";
    let given = environment.iter().filter(|(name, value)| is_setting(name) && !value.trim().is_empty());
    let given: BTreeMap<_, _> = given.map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
    if !is_another_instance(environment) {
        return given;
    }
    // Another Clerk instance: a secret or an id of the emulator beside it would only be wrong.
    let emulator = ["CLERK_API_URL", "CLERK_ISSUER", "CLERK_SECRET_KEY", "CLERK_WEBHOOK_SECRET"];
    let blank = emulator.into_iter().map(|name| (name.to_owned(), None));
    blank.chain(given).collect()
}

/// Whether the functions work with a Clerk instance other than the emulator.
fn is_another_instance(environment: &BTreeMap<String, String>) -> bool {
    let is_given = |name: &str| environment.get(name).is_some_and(|value| !value.trim().is_empty());
    is_given("CLERK_ISSUER") || is_given("CLERK_PUBLISHABLE_KEY")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str], environment: &[(&str, &str)]) -> Options {
        let arguments = Arguments::parse_from(std::iter::once(&"cargo dev").chain(arguments));
        arguments.options(environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn port_zero_takes_free_ports_for_all() {
        let ports = |options: Options| (options.api_port, options.clerk_port, options.dynamodb_port);
        assert_eq!(ports(options(&[], &[])), (3000, 3001, 8000));
        assert_eq!(ports(options(&["--port", "0"], &[])), (0, 0, 0));
        assert_eq!(ports(options(&["--port", "0", "--clerk-port", "5"], &[])), (0, 5, 0));
        assert_eq!(ports(options(&["--port", "80"], &[])), (80, 3001, 8000));
    }

    #[test]
    fn a_blank_variable_counts_as_unset() {
        let given = [("CLERK_JWT_KEY", " "), ("CLERK_AUDIENCE", "a"), ("HOME", "/"), ("PURGE_SETTLE_SECONDS", "1")];
        let environment = options(&[], &given).environment;
        let kept = [("CLERK_AUDIENCE", "a"), ("PURGE_SETTLE_SECONDS", "1")];
        assert_eq!(environment, kept.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).into());
    }

    #[test]
    fn another_instance_displaces_the_stand_in_altogether() {
        let environment =
            options(&[], &[("CLERK_PUBLISHABLE_KEY", "pk_test_x"), ("CLERK_WEBHOOK_SECRET", "whsec_x")]).environment;
        assert_eq!(environment["CLERK_ISSUER"], None);
        assert_eq!(environment["CLERK_WEBHOOK_SECRET"].as_deref(), Some("whsec_x"));
    }

    #[test]
    fn services_send_webhooks_to_where_another_tool_serves() {
        let url = |arguments: &[&str]| options(arguments, &[]).webhook_url;
        assert_eq!(url(&[]), None);
        let usual = "http://127.0.0.1:3000/webhooks/clerk";
        assert_eq!(url(&["--services"]).as_deref(), Some(usual));
        assert_eq!(url(&["--services", "--port", "0"]).as_deref(), Some(usual));
        let other = "http://127.0.0.1:9000/webhooks/clerk";
        assert_eq!(url(&["--services", "--port", "9000"]).as_deref(), Some(other));
        assert_eq!(url(&["--services", "--webhook-url", other]).as_deref(), Some(other));
        assert!(Arguments::try_parse_from(["cargo dev", "--services", "--webhook-url", "http://127.0.0.1"]).is_err());
    }

    #[test]
    fn services_listen_at_one_more_address_and_never_at_all() {
        let listen = |address: &str| {
            let arguments = Arguments::try_parse_from(["cargo dev", "--services", "--listen", address]);
            arguments.map(|arguments| arguments.listen).map_err(|error| error.to_string())
        };
        assert_eq!(listen("172.17.0.1").unwrap(), Some([172, 17, 0, 1].into()));
        for all in ["0.0.0.0", "::"] {
            assert!(listen(all).unwrap_err().contains("every network"));
        }
        assert!(listen("bridge").unwrap_err().contains("is no IP address"));
        assert!(Arguments::try_parse_from(["cargo dev", "--listen", "172.17.0.1"]).is_err());
    }

    #[test]
    fn users_of_another_instance_are_brought_in_only_when_asked_for() {
        let scheduled =
            |arguments: &[&str], environment: &[(&str, &str)]| options(arguments, environment).unscheduled.is_empty();
        let instance = [("CLERK_PUBLISHABLE_KEY", "pk_test_x"), ("CLERK_SECRET_KEY", "sk_test_x")];
        assert!(scheduled(&[], &[]));
        assert!(scheduled(&[], &[("CLERK_ISSUER", " ")]));
        assert!(!scheduled(&[], &instance));
        assert!(scheduled(&["--reconcile"], &instance));
    }

    #[test]
    fn a_host_is_a_name_and_nothing_else() {
        let hosts = |name: &str| {
            let arguments = Arguments::try_parse_from(["cargo dev", "--allow-host", name]);
            arguments.map(|arguments| arguments.allow_host).map_err(|error| error.to_string())
        };
        assert_eq!(hosts("a-1.tunnel.example").unwrap(), ["a-1.tunnel.example"]);
        for other in ["https://tunnel.example", "tunnel.example:443", "*", ""] {
            assert!(hosts(other).unwrap_err().contains("without scheme and port"), "{other}");
        }
    }

    #[test]
    fn release_binaries_are_in_the_release_directory() {
        assert!(options(&["--release"], &[]).binaries.ends_with("release"));
    }
}
