//! Building the functions, which nothing depends on and cargo therefore does not build by itself.

use std::{path::Path, process::Command};

/// Why the functions were not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Cargo could not be run.
    #[error("cannot run cargo: {0}")]
    Run(std::io::Error),
    /// Cargo said why; this is its exit code.
    #[error("the functions could not be built")]
    Failed(u8),
}

/// Builds every binary of the workspace at `root`, with the profile `release` or `dev`. Cargo's output goes to the terminal.
///
/// The whole workspace, as `cargo dev` itself and `cargo test --workspace` are built: features are then the same, and nothing
/// is built twice. With everything up to date it takes some tenths of a second.
///
/// # Errors
/// Cargo could not be run, or failed.
pub fn build_functions(root: &Path, release: bool) -> Result<(), BuildError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root).args(["build", "--bins"]).args(release.then_some("--release"));
    let status = command.status().map_err(BuildError::Run)?;
    if status.success() {
        return Ok(());
    }
    // 101 is cargo's own code for a failure; without one it was ended by a signal.
    Err(BuildError::Failed(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(101)))
}
