//! `cargo lambda watch` and `sam local start-api` on the services of `cargo dev --services`: the environment files they
//! are given, and the lines that start them.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use lambda_emulator::REGION;
use serde_json::json;
use usher_loopback::HOST_OF_CONTAINERS;

use crate::{Stack, cli::DEFAULT_PORT};

/// Files that hold the variables of a running stack. They are removed when this is dropped, for no other stack has the
/// same.
#[derive(Debug)]
pub struct EnvFiles {
    sam: PathBuf,
    watch: PathBuf,
    /// Held as long as the files are of use, so that no other stack overwrites them.
    _lock: File,
}

impl EnvFiles {
    /// Writes `sam-env.json` and `watch.env` into `directory`, which is created.
    ///
    /// # Errors
    /// A file cannot be written, or another stack that runs has its files there.
    pub fn write(stack: &Stack, directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory).map_err(|error| about(directory, &error))?;
        let _lock = lock(directory)?;
        let files = Self { sam: directory.join("sam-env.json"), watch: directory.join("watch.env"), _lock };
        write(&files.sam, &format!("{:#}\n", sam_env(stack.variables())))?;
        write(&files.watch, &watch_env(stack.variables()))?;
        Ok(files)
    }
}

impl Drop for EnvFiles {
    fn drop(&mut self) {
        for path in [&self.sam, &self.watch] {
            // Nobody is left to tell.
            drop(fs::remove_file(path));
        }
    }
}

/// The system frees the lock when the process ends, however it ends. The file stays: who removed it could remove that of
/// the next one.
fn lock(directory: &Path) -> io::Result<File> {
    let path = directory.join("lock");
    let file = File::create(&path).map_err(|error| about(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let error = "another cargo dev --services has its files here; --env-files DIR takes another directory";
            Err(about(directory, &io::Error::new(io::ErrorKind::AlreadyExists, error)))
        }
        Err(TryLockError::Error(error)) => Err(about(&path, &error)),
    }
}

/// For its owner alone: a secret key of a real instance may be in it.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.write(true).create(true).truncate(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| about(path, &error))
}

/// An error that says which file it is about.
fn about(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// `sam local` takes values for variables that the template declares and no others, blank ones included.
fn sam_env(variables: &BTreeMap<String, String>) -> serde_json::Value {
    let seen_from_container = |(name, value): (&String, &String)| {
        // The issuer is but a name, which must stay the one in the tokens.
        let value = if name == "CLERK_ISSUER" { value.clone() } else { for_container(value) };
        (name.clone(), value)
    };
    json!({"Parameters": variables.iter().map(seen_from_container).collect::<BTreeMap<_, _>>()})
}

/// A URL of this machine, as a container sees it; anything else as it is.
fn for_container(value: &str) -> String {
    let rest = ["http://127.0.0.1:", "http://localhost:"].iter().find_map(|start| value.strip_prefix(start));
    rest.map_or_else(|| value.to_owned(), |rest| format!("http://{HOST_OF_CONTAINERS}:{rest}"))
}

/// `cargo lambda watch` hands the functions all of its own environment; what they need of AWS's is set, so that nobody's
/// account is asked.
fn watch_env(variables: &BTreeMap<String, String>) -> String {
    let aws = [
        ("AWS_ACCESS_KEY_ID", crate::ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", crate::SECRET_ACCESS_KEY),
        ("AWS_REGION", REGION),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let variables = variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let set = aws.into_iter().chain(variables).filter(|(_, value)| !value.trim().is_empty());
    // Quoted, because a bare value may hold no `/`, and on one line: a PEM key is read without its line breaks too.
    set.map(|(name, value)| format!("{name}='{}'\n", value.lines().collect::<String>())).collect()
}

/// What to type in another terminal, for either tool; and on Linux, unless the services are reached `beside_loopback` too,
/// how containers come to reach them.
#[must_use]
pub fn lines(stack: &Stack, files: &EnvFiles, beside_loopback: bool) -> String {
    // Behind a tunnel's URL, say, without a port, any will do.
    let port: u16 = stack.api_url().rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(DEFAULT_PORT);
    // SAM's word for the processor of this machine; the template's default is arm64.
    let architecture = if cfg!(target_arch = "x86_64") { "x86_64" } else { "arm64" };
    let unreached = cfg!(target_os = "linux") && !beside_loopback;
    let advice = if unreached {
        "# For sam, start this again with --listen and the address of the bridge of Docker, 172.17.0.1 as a rule.\n"
    } else {
        ""
    };
    format!(
        "
# The API is for another tool to serve, at {api}. In another terminal, one of the two:
cargo lambda watch --invoke-address 127.0.0.1 --invoke-port {port} --env-file {watch}
sam build --parameter-overrides Architecture={architecture} && sam local start-api --port {port} --env-vars {sam} \
--parameter-overrides Architecture={architecture} --warm-containers LAZY --add-host {HOST_OF_CONTAINERS}:host-gateway
{advice}
# Once it serves, in a third one:
",
        api = stack.api_url(),
        watch = from_here(&files.watch).display(),
        sam = from_here(&files.sam).display(),
    )
}

/// The path as one types it in the current directory.
fn from_here(path: &Path) -> &Path {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_for_one_stack_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let first = lock(directory.path()).unwrap();
        let error = lock(directory.path()).unwrap_err().to_string();
        assert!(error.contains("--env-files DIR takes another"), "{error}");
        drop(first);
        lock(directory.path()).unwrap();
    }

    #[test]
    fn a_container_is_told_this_machine_by_the_name_it_has_there() {
        assert_eq!(for_container("http://127.0.0.1:3001"), "http://host.docker.internal:3001");
        assert_eq!(for_container("http://localhost:8000/path"), "http://host.docker.internal:8000/path");
        for other in ["https://api.clerk.com", "http://10.0.0.1:80", "UsherTable", ""] {
            assert_eq!(for_container(other), other);
        }
    }

    #[test]
    fn each_tool_is_given_what_it_can_read() {
        let variables = [("BLANK", ""), ("CLERK_ISSUER", "http://127.0.0.1:1"), ("KEY", "-----BEGIN-----\nA/+=\n")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let parameters = json!({"BLANK": "", "CLERK_ISSUER": "http://127.0.0.1:1", "KEY": "-----BEGIN-----\nA/+=\n"});
        assert_eq!(sam_env(&variables), json!({ "Parameters": parameters }));
        let lines = watch_env(&variables);
        assert!(lines.ends_with("CLERK_ISSUER='http://127.0.0.1:1'\nKEY='-----BEGIN-----A/+='\n"), "{lines}");
        assert!(lines.contains("AWS_REGION='us-east-1'\n") && !lines.contains("BLANK"), "{lines}");
    }
}
