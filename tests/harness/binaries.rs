//! The binaries of the functions.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

/// The directory of the binaries. The first call builds them, because Cargo builds no binary of another package for a
/// test.
pub fn binaries() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let directory = local::binaries_directory();
        build(&directory);
        directory
    });
    &BUILT
}

/// Builds all binaries of the workspace. Cargo unifies features over the packages of one build, so this build has the
/// same features as `cargo test --workspace` and shares its artifacts.
fn build(directory: &Path) {
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let profile = match name(directory).as_str() {
        "debug" => "dev".to_owned(),
        other => other.to_owned(),
    };
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(local::find_template().parent().expect("the template is in a directory"));
    command.args(["build", "--bins", "--quiet", "--offline", "--profile", &profile]);

    // `target/debug`, or `target/<triple>/debug` with `--target`.
    let parent = directory.parent().expect("binaries are in a target directory");
    if parent.join("CACHEDIR.TAG").exists() {
        command.arg("--target-dir").arg(parent);
    } else {
        command.args(["--target", &name(parent)]);
        command.arg("--target-dir").arg(parent.parent().expect("a triple is in a target directory"));
    }

    let output = command.output().expect("cargo can be run");
    assert!(output.status.success(), "the functions do not build:\n{}", String::from_utf8_lossy(&output.stderr));
}
