//! The functions' binaries.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

/// The directory of the binaries, all of them built from the sources as they are now. Cargo itself builds no binary of
/// another package for a test, so the first use asks it to.
pub fn binaries() -> &'static Path {
    static BUILT: LazyLock<PathBuf> = LazyLock::new(|| {
        let directory = local::binaries_directory();
        build(&directory);
        directory
    });
    &BUILT
}

/// Builds the whole workspace, because features are resolved for what is built together: then these are the features of
/// `cargo test --workspace`, and of all dependencies there is one build.
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
    let above = directory.parent().expect("binaries are in a target directory");
    if above.join("CACHEDIR.TAG").exists() {
        command.arg("--target-dir").arg(above);
    } else {
        command.args(["--target", &name(above)]);
        command.arg("--target-dir").arg(above.parent().expect("a triple is in a target directory"));
    }

    let output = command.output().expect("cargo can be run");
    assert!(output.status.success(), "the functions do not build:\n{}", String::from_utf8_lossy(&output.stderr));
}
