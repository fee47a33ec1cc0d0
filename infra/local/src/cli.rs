//! The command line of `cargo dev`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Parser;

use crate::{
    build::{BuildError, build_functions},
    dynamodb::Storage,
    options::{Options, binaries_directory, find_template},
};

/// Runs the whole of Usher on this machine: the API, DynamoDB and a stand-in for Clerk.
///
/// Any CLERK_* variable of the environment replaces the stand-in's value; with CLERK_ISSUER or CLERK_PUBLISHABLE_KEY the
/// functions work with that Clerk instance and know nothing of the stand-in. PURGE_SETTLE_SECONDS, AWS_LAMBDA_LOG_LEVEL and
/// AWS_LAMBDA_LOG_FORMAT are passed on to the functions.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", version)]
pub struct Arguments {
    /// Port of the API; 0 takes free ports for everything that is not given a port of its own.
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// Port of the stand-in for Clerk [default: 3001].
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
}

impl Arguments {
    /// Options of the stack, with the `CLERK_*` variables in `environment` (of this process).
    #[must_use]
    pub fn options(&self, environment: impl IntoIterator<Item = (String, String)>) -> Options {
        let environment: BTreeMap<String, String> = environment.into_iter().collect();
        let defaults = Options::default();
        // Free ports for all, or for none: two stacks side by side need nothing but `--port 0`.
        let port = |given: Option<u16>, usual: u16| given.unwrap_or(if self.port == 0 { 0 } else { usual });
        let variable = |name: &str, default: String| environment.get(name).cloned().unwrap_or(default);
        Options {
            template: self.template.clone().unwrap_or_else(find_template),
            binaries: self.binaries(),
            api_port: self.port,
            clerk_port: port(self.clerk_port, 3001),
            dynamodb_port: port(self.dynamodb_port, 8000),
            storage: match (&self.dynamodb_endpoint, &self.data) {
                (Some(url), _) => Storage::External(url.clone()),
                (None, Some(directory)) => Storage::Directory(directory.clone()),
                (None, None) => Storage::Memory,
            },
            log_level: variable("AWS_LAMBDA_LOG_LEVEL", defaults.log_level.clone()),
            log_format: variable("AWS_LAMBDA_LOG_FORMAT", defaults.log_format.clone()),
            environment: settings(&environment),
            ..defaults
        }
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
/// stand-in's users may not be able to sign in.
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
    if !given.contains_key("CLERK_ISSUER") && !given.contains_key("CLERK_PUBLISHABLE_KEY") {
        return given;
    }
    // Another Clerk instance: a secret or an id of the stand-in beside it would only be wrong.
    let standin = ["CLERK_API_URL", "CLERK_ISSUER", "CLERK_SECRET_KEY", "CLERK_WEBHOOK_SECRET"];
    let blank = standin.into_iter().map(|name| (name.to_owned(), None));
    blank.chain(given).collect()
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
    fn release_binaries_are_in_the_release_directory() {
        assert!(options(&["--release"], &[]).binaries.ends_with("release"));
    }
}
