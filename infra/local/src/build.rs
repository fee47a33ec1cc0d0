//! The build of the functions. No crate depends on them, so cargo does not build them by itself.

use std::{path::Path, process::Command};

/// An error of the build.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Cargo could not be started.
    #[error("cannot run cargo: {0}")]
    Run(std::io::Error),
    /// Cargo failed with this exit code, and has printed the cause.
    #[error("the functions could not be built")]
    Failed(u8),
}

/// Builds every binary of the workspace at `root`, with the profile `release` or `dev`. Cargo's output goes to the
/// terminal.
///
/// It builds the whole workspace, like `cargo test --workspace`: the features are then the same, and nothing is built
/// twice. If everything is up to date, this takes some tenths of a second.
///
/// # Errors
/// See [`BuildError`].
pub(crate) fn build_functions(root: &Path, release: bool) -> Result<(), BuildError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root).args(["build", "--bins"]).args(release.then_some("--release"));
    let status = command.status().map_err(BuildError::Run)?;
    if status.success() {
        return Ok(());
    }
    // There is no code if a signal ended cargo. 101 is cargo's own code for a failure.
    Err(BuildError::Failed(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101)))
}
