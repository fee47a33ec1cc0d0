//! The program of a function: its binary and its environment.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::{account::REGION, options::Options, template::Function};

/// Variables of this machine that a process inherits. On Windows, a process without SYSTEMROOT cannot open a socket.
const INHERITED: [&str; 3] = ["PATH", "RUST_BACKTRACE", "SYSTEMROOT"];

/// The program that every process of a function runs.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// Name of the function, for logs and ARNs.
    pub(crate) function: String,
    pub(crate) binary: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    /// The maximum duration of one invocation.
    pub(crate) timeout: Duration,
    /// The maximum duration of the start, up to the first `next`.
    pub(crate) init_timeout: Duration,
}

impl Program {
    pub(crate) fn new(function: &Function, options: &Options) -> Self {
        Self {
            function: function.name.clone(),
            binary: options.binaries.join(format!("{}{}", function.name, std::env::consts::EXE_SUFFIX)),
            arguments: Vec::new(),
            environment: environment(function, options),
            timeout: function.timeout,
            init_timeout: options.init_timeout,
        }
    }
}

/// The environment of a process. Of this machine's variables, a process inherits only [`INHERITED`].
fn environment(function: &Function, options: &Options) -> BTreeMap<String, String> {
    let mut environment = function.environment.clone();
    for (name, value) in &options.overrides {
        // Lambda sets only what the template declares. A variable that worked here undeclared would be missing on AWS.
        if let Some(declared) = environment.get_mut(name) {
            *declared = value.clone().unwrap_or_default();
        }
    }
    environment.extend(INHERITED.into_iter().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))));
    let of_lambda = [("AWS_REGION", REGION), ("AWS_DEFAULT_REGION", REGION), ("TZ", ":UTC")];
    environment.extend(of_lambda.map(|(name, value)| (name.to_owned(), value.to_owned())));
    environment.extend(options.environment.clone());
    environment.extend([
        ("AWS_LAMBDA_FUNCTION_NAME".to_owned(), function.name.clone()),
        // Lambda does not set it. The SDK then names the function in each request, so that a test can tell the callers
        // apart.
        ("AWS_SDK_UA_APP_ID".to_owned(), function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION".to_owned(), "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), function.memory_mb.to_string()),
        ("AWS_LAMBDA_LOG_GROUP_NAME".to_owned(), format!("/aws/lambda/{}", function.name)),
        ("AWS_LAMBDA_LOG_STREAM_NAME".to_owned(), "local".to_owned()),
        ("_HANDLER".to_owned(), "bootstrap".to_owned()),
    ]);
    environment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_declared_variables_are_overridden() {
        let function = Function {
            logical_id: "F".to_owned(),
            place: "template.yaml:1".to_owned(),
            name: "f".to_owned(),
            timeout: Duration::from_secs(3),
            memory_mb: 256,
            environment: [("A".to_owned(), "template".to_owned()), ("B".to_owned(), "template".to_owned())].into(),
            variable_places: BTreeMap::new(),
            routes: Vec::new(),
            streams: Vec::new(),
            schedules: Vec::new(),
        };
        let options = Options {
            environment: [("AWS_REGION".to_owned(), "here".to_owned())].into(),
            overrides: [
                ("A".to_owned(), Some("given".to_owned())),
                ("B".to_owned(), None),
                ("C".to_owned(), Some("c".to_owned())),
            ]
            .into(),
            ..Options::default()
        };
        let environment = Program::new(&function, &options).environment;
        assert_eq!((environment["A"].as_str(), environment["B"].as_str(), environment.get("C")), ("given", "", None));
        assert_eq!(
            (environment["AWS_REGION"].as_str(), environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"].as_str()),
            ("here", "256")
        );
    }
}
