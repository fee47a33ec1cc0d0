//! The pinned numbers, and the build that they are of.

use std::{collections::BTreeMap, env, fs, path::PathBuf, process::Command};

use serde::{Deserialize, Serialize};

/// The numbers of instructions of a warm request.
#[derive(Serialize, Deserialize)]
pub(crate) struct Pinned {
    architecture: String,
    compiler: String,
    instructions: BTreeMap<String, u64>,
}

impl Pinned {
    pub(crate) fn read() -> Self {
        serde_json::from_slice(&fs::read(path()).unwrap()).unwrap()
    }

    /// Writes new numbers, of this build.
    pub(crate) fn write(instructions: impl IntoIterator<Item = (&'static str, u64)>) {
        let instructions = instructions.into_iter().map(|(function, count)| (function.to_owned(), count)).collect();
        let pinned = Self { architecture: env::consts::ARCH.to_owned(), compiler: compiler(), instructions };
        fs::write(path(), serde_json::to_string_pretty(&pinned).unwrap() + "\n").unwrap();
    }

    /// Returns why these numbers say nothing about this build, or `None`.
    pub(crate) fn is_of_another_build(&self) -> Option<String> {
        let here = (env::consts::ARCH, compiler());
        let pinned = (self.architecture.as_str(), self.compiler.clone());
        (here != pinned)
            .then(|| format!("the numbers are of {} on {}, not of {} on {}", pinned.1, pinned.0, here.1, here.0))
    }

    /// Returns the change of a function: 0.03 is 3 % more than pinned.
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    pub(crate) fn change(&self, function: &str, instructions: u64) -> f64 {
        let pinned = self.instructions.get(function).copied().unwrap_or_default();
        instructions as f64 / pinned as f64 - 1.0
    }
}

fn path() -> PathBuf {
    local::find_template().parent().unwrap().join("tests/benchmarks/instructions/pinned.json")
}

/// The version of the compiler, as in `rustc 1.95.0`.
fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("rustc can be run").stdout;
    let version = String::from_utf8(version).unwrap();
    version.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}
