//! schemathesis, which makes requests from the description and compares the answers with it.

use std::{process::Stdio, time::Duration};

use harness::Usher;
use local::template::Template;
use tokio::{process::Command, time::timeout};

use crate::files::path;

/// The program. Without this variable there is nothing to run.
const PROGRAM: &str = "USHER_SCHEMATHESIS";
/// The time after which a run counts as stuck.
const LIMIT: Duration = Duration::from_secs(240);

/// Every request uses a token of the Clerk emulator, and every line of the log is searched for secrets.
#[tokio::test]
async fn schemathesis_finds_no_difference_between_api_and_description() {
    let Some(program) = std::env::var_os(PROGRAM) else { return };
    let usher = Usher::with_options(|_| {}).await;
    // It writes files into its working directory.
    let directory = tempfile::tempdir().unwrap();
    let settings = path("tests/openapi/schemathesis").canonicalize().unwrap();
    let mut command = Command::new(program);
    command.current_dir(&directory).kill_on_drop(true).stdin(Stdio::null());
    command.arg("--config-file").arg(settings.join("schemathesis.toml"));
    command.args(["run", "--no-color", &format!("{}/openapi.json", usher.api_url())]);
    command.env("SCHEMATHESIS_HOOKS", settings.join("hooks.py"));
    command.env("USHER_CLERK_URL", usher.clerk_url());
    command.env("USHER_CLERK_SECRET_KEY", usher.clerk().secret_key());
    command.env("USHER_CLERK_WEBHOOK_SECRET", usher.clerk().webhook_secret());
    let successes = directory.path().join("successes");
    command.env("USHER_SUCCESSES", &successes);
    let status = timeout(LIMIT, command.status()).await.expect("schemathesis takes too long").unwrap();
    assert!(status.success(), "schemathesis has found differences, see above");
    usher.logs().lines();

    // If nearly all requests were refused, there would be no difference either.
    let successes = std::fs::read_to_string(successes).unwrap();
    let count = |line: &str| successes.lines().filter(|success| success.starts_with(line)).count();
    for function in Template::load(&path("template.yaml")).unwrap().functions.iter().filter(|f| !f.routes.is_empty()) {
        let name = &function.name;
        assert!(count(&format!("fuzzing {name}")) >= 3, "hardly a request to {name} was successful");
    }
    assert!(count("stateful ") >= 50, "hardly a link was followed");
}
