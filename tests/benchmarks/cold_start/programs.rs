//! The programs that are measured, all in one directory.

use std::{
    collections::BTreeMap,
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use benchmarks::FUNCTIONS;
use flate2::{Compression, write::DeflateEncoder};
use serde_json::Value;

use crate::node_peer;

/// The floors, in `../floors`.
pub(crate) const EMPTY: &str = "empty-function";
pub(crate) const GET_ITEM: &str = "get-item-function";

/// The programs and their sizes.
pub(crate) struct Programs {
    pub(crate) directory: PathBuf,
    sizes: BTreeMap<String, Size>,
}

/// The size of a program, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) binary: usize,
    /// As Lambda downloads it.
    pub(crate) zipped: usize,
}

impl Programs {
    /// Returns the size of a program, or `None` if it was not built.
    pub(crate) fn size(&self, name: &str) -> Option<Size> {
        self.sizes.get(name).copied()
    }
}

/// Builds everything with the release profile, and puts it into one directory, as the emulator needs it.
pub(crate) fn build() -> Programs {
    let built = build_rust();
    let work = built[GET_ITEM].ancestors().nth(3).expect("an example is below target/release").join("cold_start");
    let directory = work.join("bin");
    drop(fs::remove_dir_all(&directory));
    fs::create_dir_all(&directory).unwrap();
    for (name, path) in &built {
        fs::copy(path, directory.join(name)).unwrap();
    }
    node_peer::bundle(&work, &directory);
    let sizes = fs::read_dir(&directory).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), size(&path))
    });
    Programs { sizes: sizes.collect(), directory }
}

/// Builds the functions and the floors. Returns their paths.
fn build_rust() -> BTreeMap<String, PathBuf> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(local::find_template().parent().expect("the template is in a directory"));
    command.args(["build", "--release", "--locked", "--message-format", "json-render-diagnostics"]);
    command.args(FUNCTIONS.iter().flat_map(|name| ["--bin", name]));
    command.args([EMPTY, GET_ITEM].iter().flat_map(|name| ["--example", name]));
    let output = command.stderr(Stdio::inherit()).output().expect("cargo can be run");
    assert!(output.status.success(), "the functions do not build");
    let messages = String::from_utf8(output.stdout).unwrap();
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    artifacts
        .filter_map(|message| {
            let name = message["target"]["name"].as_str()?.to_owned();
            Some((name, PathBuf::from(message["executable"].as_str()?)))
        })
        .collect()
}

fn size(path: &Path) -> Size {
    let bytes = fs::read(path).unwrap();
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&bytes).unwrap();
    Size { binary: bytes.len(), zipped: encoder.finish().unwrap().len() }
}
