//! The command line of `cargo dev`.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Parser, Subcommand, ValueEnum};
use lambda_emulator::LogSink;
use model_emulator::Pace;

use crate::{
    build::{BuildError, build_functions},
    clerk_variables::{given_variables, is_another_instance},
    dynamodb::Storage,
    listen::Listen,
    options::Options,
    paths::{binaries_directory, find_template},
    stack::listeners::WEBHOOK_PATH,
    text_log::TextFormat,
};

/// The default port of the API.
pub(crate) const DEFAULT_PORT: u16 = 3000;

/// The pause between two removals of expired rows.
const REMOVE_EXPIRED_EVERY: Duration = Duration::from_secs(60);

/// The scripts that a page loads first.
const CLERK_SCRIPTS: [&str; 2] = ["@clerk/clerk-js/dist/clerk.browser.js", "@clerk/ui/dist/ui.browser.js"];

/// The function that imports all users of a Clerk instance.
const RECONCILE_USERS: &str = "reconcile-users";

/// Runs all of Usher on this machine: the API, DynamoDB and a Clerk emulator.
///
/// A CLERK_* or MODEL_* variable of the environment replaces the emulators' value. With MODEL_URL, another model than the
/// emulator writes the replies. If CLERK_ISSUER or CLERK_PUBLISHABLE_KEY is
/// set, the functions work with that Clerk instance and not with the emulator. PURGE_SETTLE_SECONDS and
/// AWS_LAMBDA_LOG_LEVEL are passed on to the functions.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Do something with a stack that runs already, and start none.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Port of the API. 0 takes a free port, also for the Clerk emulator and DynamoDB unless they have their own
    /// option.
    #[arg(long, default_value_t = DEFAULT_PORT)]
    port: u16,
    /// Port of the Clerk emulator [default: 3001].
    #[arg(long)]
    clerk_port: Option<u16>,
    /// Port of the embedded DynamoDB [default: 8000].
    #[arg(long)]
    dynamodb_port: Option<u16>,
    /// Keep the rows and the Clerk emulator's users, sessions and key in this directory. Without it they are kept in
    /// memory.
    #[arg(long, value_name = "DIR", conflicts_with = "dynamodb_endpoint")]
    data: Option<PathBuf>,
    /// Use this DynamoDB, for example Amazon's DynamoDB Local, instead of the embedded one.
    #[arg(long, value_name = "URL", conflicts_with = "dynamodb_port")]
    dynamodb_endpoint: Option<String>,
    /// The SAM template [default: the template.yaml in this directory or the nearest one above it].
    #[arg(long, value_name = "PATH")]
    template: Option<PathBuf>,
    /// Run optimised functions, as they are deployed.
    #[arg(long)]
    release: bool,
    /// Start everything except the API, write environment files for `cargo lambda watch` and `sam local start-api`, and
    /// print how to run the API at --port with one of them.
    #[arg(long)]
    services: bool,
    /// The URL to which the Clerk emulator delivers webhooks [default: http://127.0.0.1:<--port>/webhooks/clerk].
    #[arg(long, value_name = "URL", requires = "services", value_parser = parse_webhook_url)]
    webhook_url: Option<String>,
    /// The URL of the page of your app that has its sign-in, for example http://localhost:3002/sign-in. The console opens
    /// it with a sign-in token.
    #[arg(long, value_name = "URL", value_parser = parse_app_url)]
    app_url: Option<String>,
    /// Listen at this address too, without a password. Containers on Linux need the address of Docker's bridge, usually
    /// 172.17.0.1. Docker Desktop does not need this option.
    #[arg(long, value_name = "ADDRESS", requires = "services", value_parser = parse_address)]
    listen: Option<IpAddr>,
    /// Accept requests for this host too, for example the host of a tunnel to the API. May be given more than once.
    /// Requests for other hosts than this machine are refused, so that no web page reaches the stack under its own
    /// name.
    #[arg(long, value_name = "NAME", value_parser = parse_host_name)]
    allow_host: Vec<String>,
    /// Serve Clerk's scripts for the browser from this node_modules, which has @clerk/clerk-js and @clerk/ui, at the port
    /// of the Clerk emulator.
    #[arg(long, value_name = "DIR", value_parser = parse_clerk_scripts)]
    clerk_scripts: Option<PathBuf>,
    /// Run the daily reconcile-users against another Clerk instance too. It imports the users of that instance.
    #[arg(long)]
    reconcile: bool,
    /// Close a WebSocket after this many seconds without a message, and not after 10 minutes as API Gateway does.
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    live_idle_timeout: Option<Duration>,
    /// Close every WebSocket after this many seconds, and not after 2 hours as API Gateway does.
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    live_max_duration: Option<Duration>,
    /// The pause of the model emulator before each word of a reply, in milliseconds.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 40)]
    model_pace: u64,
    /// The format of the log on standard error.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// The directory of sam-env.json and watch.env, which exist as long as this runs [default: target/usher].
    #[arg(long, value_name = "DIR", requires = "services")]
    env_files: Option<PathBuf>,
}

/// What `cargo dev` does with a stack that runs already.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Print what a user's live updates say.
    Listen(Listen),
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One line of text for each request.
    Text,
    /// A JSON document for each event, as on AWS.
    Json,
}

/// Parses the URL of the webhook route at another tool.
fn parse_webhook_url(text: &str) -> Result<String, String> {
    let is_route = text.starts_with("http") && text.ends_with(WEBHOOK_PATH);
    if is_route { Ok(text.to_owned()) } else { Err(format!("must be http://<host>:<port>{WEBHOOK_PATH}")) }
}

/// Parses the URL of an app.
fn parse_app_url(text: &str) -> Result<String, String> {
    let is_url = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    if is_url { Ok(text.to_owned()) } else { Err("must begin with http:// or https://".to_owned()) }
}

/// Parses a host without a port. Requests for it are accepted at every port.
fn parse_host_name(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    if is_name { Ok(text.to_owned()) } else { Err("must be a host name without scheme and port".to_owned()) }
}

/// Parses the folder of Clerk's scripts. It must have them, because a page without them stays empty.
fn parse_clerk_scripts(text: &str) -> Result<PathBuf, String> {
    let folder = PathBuf::from(text);
    let has_scripts = CLERK_SCRIPTS.iter().all(|script| folder.join(script).is_file());
    if has_scripts { Ok(folder) } else { Err(format!("must have {}", CLERK_SCRIPTS.join(" and "))) }
}

/// Parses a number of seconds that is not 0.
fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds: &u64| *seconds > 0);
    seconds.map(Duration::from_secs).ok_or_else(|| "must be a whole number of seconds, at least 1".to_owned())
}

/// Parses an address. Rejects 0.0.0.0 and ::, because the services have no authentication.
fn parse_address(text: &str) -> Result<IpAddr, String> {
    let address: IpAddr = text.parse().map_err(|_| "is not an IP address".to_owned())?;
    if address.is_unspecified() { Err("means every network; name one address".to_owned()) } else { Ok(address) }
}

impl Arguments {
    /// Returns the options of the stack. `environment` is the environment of this process.
    pub fn options(&self, environment: impl IntoIterator<Item = (String, String)>) -> Options {
        let environment: BTreeMap<String, String> = environment.into_iter().collect();
        let variables = given_variables(&environment);
        let defaults = Options::default();
        // `--port 0` alone is enough to run two stacks side by side.
        let port = |given: Option<u16>, default: u16| given.unwrap_or(if self.port == 0 { 0 } else { default });
        Options {
            template: self.template.clone().unwrap_or_else(find_template),
            binaries: self.binaries(),
            api_port: self.port,
            clerk_port: port(self.clerk_port, 3001),
            model_pace: Pace::Milliseconds(self.model_pace),
            dynamodb_port: port(self.dynamodb_port, 8000),
            webhook_url: self.services.then(|| self.webhook_url()),
            app_url: self.app_url.clone(),
            listen: self.listen,
            allowed_hosts: self.allow_host.clone(),
            clerk_scripts: self.clerk_scripts.clone(),
            storage: match (&self.dynamodb_endpoint, &self.data) {
                (Some(url), _) => Storage::External(url.clone()),
                (None, Some(directory)) => Storage::Directory(directory.clone()),
                (None, None) => Storage::Memory,
            },
            remove_expired_every: Some(REMOVE_EXPIRED_EVERY),
            logs: match self.log_format {
                LogFormat::Text => LogSink::Formatted(|| Box::<TextFormat>::default()),
                LogFormat::Json => LogSink::Json,
            },
            log_level: environment.get("AWS_LAMBDA_LOG_LEVEL").cloned().unwrap_or(defaults.log_level.clone()),
            log_format: "JSON".to_owned(),
            unscheduled: if is_another_instance(&variables) && !self.reconcile {
                [RECONCILE_USERS.to_owned()].into()
            } else {
                BTreeSet::new()
            },
            live_idle_timeout: self.live_idle_timeout.unwrap_or(defaults.live_idle_timeout),
            live_max_duration: self.live_max_duration.unwrap_or(defaults.live_max_duration),
            environment: variables,
            ..defaults
        }
    }

    fn webhook_url(&self) -> String {
        // With port 0, the port of the other tool is not known here.
        let port = if self.port == 0 { DEFAULT_PORT } else { self.port };
        self.webhook_url.clone().unwrap_or_else(|| format!("http://127.0.0.1:{port}{WEBHOOK_PATH}"))
    }

    /// The directory of the environment files. `None` without `--services`.
    pub fn env_files(&self) -> Option<PathBuf> {
        let default = || self.binaries().parent().unwrap_or(Path::new("target")).join("usher");
        self.services.then(|| self.env_files.clone().unwrap_or_else(default))
    }

    /// The directory of the functions' binaries: that of this executable, or that of the release profile beside it.
    fn binaries(&self) -> PathBuf {
        let own = binaries_directory();
        match own.parent() {
            Some(target) if self.is_release() => target.join("release"),
            _ => own,
        }
    }

    /// Returns whether this is `cargo dev --release` or `cargo run --release --bin local`.
    fn is_release(&self) -> bool {
        self.release || binaries_directory().ends_with("release")
    }

    /// Builds the binaries of all functions, with the profile of the options.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn build(&self, template: &Path) -> Result<(), BuildError> {
        // The parent of a bare file name is an empty path.
        let root = template.parent().filter(|root| !root.as_os_str().is_empty());
        build_functions(root.unwrap_or(Path::new(".")), self.is_release())
    }
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
    fn another_instance_replaces_all_values_of_the_emulator() {
        let environment =
            options(&[], &[("CLERK_PUBLISHABLE_KEY", "pk_test_x"), ("CLERK_WEBHOOK_SECRET", "whsec_x")]).environment;
        assert_eq!(environment["CLERK_ISSUER"], None);
        assert_eq!(environment["CLERK_WEBHOOK_SECRET"].as_deref(), Some("whsec_x"));
    }

    #[test]
    fn services_send_webhooks_to_the_other_tool() {
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
    fn services_listen_at_one_more_address_but_not_at_all() {
        let listen = |address: &str| {
            let arguments = Arguments::try_parse_from(["cargo dev", "--services", "--listen", address]);
            arguments.map(|arguments| arguments.listen).map_err(|error| error.to_string())
        };
        assert_eq!(listen("172.17.0.1").unwrap(), Some([172, 17, 0, 1].into()));
        for all in ["0.0.0.0", "::"] {
            assert!(listen(all).unwrap_err().contains("every network"));
        }
        assert!(listen("bridge").unwrap_err().contains("is not an IP address"));
        assert!(Arguments::try_parse_from(["cargo dev", "--listen", "172.17.0.1"]).is_err());
    }

    #[test]
    fn users_of_another_instance_are_imported_only_on_request() {
        let scheduled =
            |arguments: &[&str], environment: &[(&str, &str)]| options(arguments, environment).unscheduled.is_empty();
        let instance = [("CLERK_PUBLISHABLE_KEY", "pk_test_x"), ("CLERK_SECRET_KEY", "sk_test_x")];
        assert!(scheduled(&[], &[]));
        assert!(scheduled(&[], &[("CLERK_ISSUER", " ")]));
        assert!(!scheduled(&[], &instance));
        assert!(scheduled(&["--reconcile"], &instance));
    }

    #[test]
    fn an_allowed_host_is_a_plain_host_name() {
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
    fn the_console_opens_an_app_by_its_url() {
        let app_url = |arguments: &[&str]| options(arguments, &[]).app_url;
        assert_eq!(app_url(&[]), None);
        let url = "http://localhost:3002/sign-in";
        assert_eq!(app_url(&["--app-url", url]).as_deref(), Some(url));
        for other in ["localhost:3002", "javascript:alert(1)"] {
            assert!(Arguments::try_parse_from(["cargo dev", "--app-url", other]).is_err(), "{other}");
        }
    }

    #[test]
    fn the_life_of_a_socket_can_be_shortened() {
        let times = |arguments: &[&str]| {
            let options = options(arguments, &[]);
            (options.live_idle_timeout.as_secs(), options.live_max_duration.as_secs())
        };
        assert_eq!(times(&[]), (10 * 60, 2 * 60 * 60));
        assert_eq!(times(&["--live-idle-timeout", "5", "--live-max-duration", "9"]), (5, 9));
        for text in ["0", "1.5", "soon"] {
            assert!(Arguments::try_parse_from(["cargo dev", "--live-idle-timeout", text]).is_err(), "{text}");
        }
    }

    #[test]
    fn the_folder_of_scripts_must_have_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let parsed = |path: &str| Arguments::try_parse_from(["cargo dev", "--clerk-scripts", path]);
        assert!(parsed(path).unwrap_err().to_string().contains("@clerk/clerk-js"));
        for script in CLERK_SCRIPTS {
            let script = folder.path().join(script);
            std::fs::create_dir_all(script.parent().unwrap()).unwrap();
            std::fs::write(script, "").unwrap();
        }
        let options = parsed(path).unwrap().options([]);
        assert_eq!(options.clerk_scripts.as_deref(), Some(folder.path()));
    }

    #[test]
    fn release_binaries_are_in_the_release_directory() {
        assert!(options(&["--release"], &[]).binaries.ends_with("release"));
    }
}
