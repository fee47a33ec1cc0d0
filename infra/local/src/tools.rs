//! Other tools that serve the API on the services of `cargo dev --services`: the environment files of `cargo lambda
//! watch` and `sam local start-api`, and the lines that start them.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use lambda_emulator::REGION;
use serde_json::json;
use usher_loopback::HOST_OF_CONTAINERS;

use crate::{
    cli::DEFAULT_PORT,
    credentials::{ACCESS_KEY_ID, SECRET_ACCESS_KEY},
    directory_lock::{lock, with_path},
    stack::Stack,
};

/// Files with the variables of a running stack. They are removed when this is dropped, because they fit no other stack.
#[derive(Debug)]
pub struct EnvFiles {
    sam: PathBuf,
    watch: PathBuf,
    /// Held as long as the files exist, so that no other stack overwrites them.
    _lock: File,
}

impl EnvFiles {
    /// Writes `sam-env.json` and `watch.env` into `directory`, which is created.
    ///
    /// # Errors
    /// A file cannot be written, or another running stack has its files there.
    pub fn write(stack: &Stack, directory: &Path) -> io::Result<Self> {
        let in_use = "another cargo dev --services has its files here; --env-files DIR takes another directory";
        let _lock = lock(directory, "--env-files", in_use)?;
        let files = Self { sam: directory.join("sam-env.json"), watch: directory.join("watch.env"), _lock };
        write(&files.sam, &format!("{:#}\n", sam_env(stack.variables())))?;
        write(&files.watch, &watch_env(stack.variables()))?;
        Ok(files)
    }
}

impl Drop for EnvFiles {
    fn drop(&mut self) {
        for path in [&self.sam, &self.watch] {
            // The process ends; an error has no reader.
            drop(fs::remove_file(path));
        }
    }
}

/// Writes a file that only its owner can read, because it may have the secret key of a real instance.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.write(true).create(true).truncate(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| with_path(path, &error))
}

/// Returns `sam-env.json`. `sam local` sets only variables that the template declares, including blank ones.
fn sam_env(variables: &BTreeMap<String, String>) -> serde_json::Value {
    let for_sam = |(name, value): (&String, &String)| {
        // Functions only compare the issuer with `iss`, so it must equal the issuer in the tokens.
        let value = if name == "CLERK_ISSUER" { value.clone() } else { for_container(value) };
        (name.clone(), value)
    };
    json!({"Parameters": variables.iter().map(for_sam).collect::<BTreeMap<_, _>>()})
}

/// Returns the URL by which a container reaches a URL of this machine. Any other text is returned as it is.
fn for_container(value: &str) -> String {
    let rest = ["http://127.0.0.1:", "http://localhost:"].iter().find_map(|start| value.strip_prefix(start));
    rest.map_or_else(|| value.to_owned(), |rest| format!("http://{HOST_OF_CONTAINERS}:{rest}"))
}

/// Returns `watch.env`. `cargo lambda watch` passes its whole environment on to the functions, so AWS's variables are
/// set to keep them away from a real account.
fn watch_env(variables: &BTreeMap<String, String>) -> String {
    let aws = [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_REGION", REGION),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let variables = variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let set = aws.into_iter().chain(variables).filter(|(_, value)| !value.trim().is_empty());
    // A value without quotes must not have a `/`. It must be one line; a PEM key is also read without its line breaks.
    set.map(|(name, value)| format!("{name}='{}'\n", value.lines().collect::<String>())).collect()
}

/// Returns the commands for another terminal, for either tool. On Linux it adds a note on `--listen`, unless the
/// services already listen `beside_loopback`.
pub fn start_commands(stack: &Stack, files: &EnvFiles, beside_loopback: bool) -> String {
    // A URL without a port, for example a tunnel's, leaves the port open.
    let port: u16 = stack.api_url().rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(DEFAULT_PORT);
    // SAM's name for the processor of this machine. The template's default is arm64.
    let architecture = if cfg!(target_arch = "x86_64") { "x86_64" } else { "arm64" };
    let is_unreachable = cfg!(target_os = "linux") && !beside_loopback;
    let advice = if is_unreachable {
        "# For sam, start this again with --listen and the address of the bridge of Docker, usually 172.17.0.1.\n"
    } else {
        ""
    };
    format!(
        "
# Another tool serves the API at {api}. Run one of these two in another terminal:
cargo lambda watch --invoke-address 127.0.0.1 --invoke-port {port} --env-file {watch}
sam build --parameter-overrides Architecture={architecture} && sam local start-api --port {port} --env-vars {sam} \
--parameter-overrides Architecture={architecture} --warm-containers LAZY --add-host {HOST_OF_CONTAINERS}:host-gateway
{advice}
# As soon as it serves, run this in a third terminal:
",
        api = stack.api_url(),
        watch = relative_to_current(&files.watch).display(),
        sam = relative_to_current(&files.sam).display(),
    )
}

/// Returns the path relative to the current directory, if it is below it.
fn relative_to_current(path: &Path) -> &Path {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_gets_its_own_name_of_this_machine() {
        assert_eq!(for_container("http://127.0.0.1:3001"), "http://host.docker.internal:3001");
        assert_eq!(for_container("http://localhost:8000/path"), "http://host.docker.internal:8000/path");
        for other in ["https://api.clerk.com", "http://10.0.0.1:80", "UsherTable", ""] {
            assert_eq!(for_container(other), other);
        }
    }

    #[test]
    fn each_tool_gets_a_file_it_can_read() {
        let variables = [("BLANK", ""), ("CLERK_ISSUER", "http://127.0.0.1:1"), ("KEY", "-----BEGIN-----\nA/+=\n")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let parameters = json!({"BLANK": "", "CLERK_ISSUER": "http://127.0.0.1:1", "KEY": "-----BEGIN-----\nA/+=\n"});
        assert_eq!(sam_env(&variables), json!({ "Parameters": parameters }));
        let lines = watch_env(&variables);
        assert!(lines.ends_with("CLERK_ISSUER='http://127.0.0.1:1'\nKEY='-----BEGIN-----A/+='\n"), "{lines}");
        assert!(lines.contains("AWS_REGION='us-east-1'\n") && !lines.contains("BLANK"), "{lines}");
    }
}
