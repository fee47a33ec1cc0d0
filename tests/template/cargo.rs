//! The workspace, as Cargo reads it.

use std::process::Command;

use serde_json::Value;

/// The output of `cargo metadata` for the members of the workspace.
pub(crate) fn metadata() -> Value {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let manifest = local::find_template().with_file_name("Cargo.toml");
    cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"]).arg(manifest);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
