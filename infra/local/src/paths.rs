//! The places of the template and of the functions' binaries.

use std::path::{Path, PathBuf};

/// Returns `template.yaml` in the current directory or the nearest directory above it. If there is none, returns the
/// one of the workspace that cargo works in.
pub fn find_template() -> PathBuf {
    const NAME: &str = "template.yaml";
    let current = std::env::current_dir().ok();
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let starts = current.iter().chain(&package).flat_map(|start| start.ancestors());
    let mut paths = starts.map(|directory| directory.join(NAME));
    paths.find(|path| path.is_file()).unwrap_or_else(|| NAME.into())
}

/// Returns the directory of cargo's binaries for the build of the current executable: `target/debug` or
/// `target/release`.
pub fn binaries_directory() -> PathBuf {
    let executable = std::env::current_exe().unwrap_or_default();
    let directory = executable.parent().unwrap_or(Path::new("."));
    // A test executable is one level below, in `deps`.
    let above = directory.parent().filter(|_| directory.ends_with("deps"));
    above.unwrap_or(directory).to_owned()
}
