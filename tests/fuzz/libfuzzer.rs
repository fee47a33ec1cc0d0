//! Runs the target that `FUZZ_TARGET` names with libFuzzer, which looks for inputs that reach new code.

#![no_main]
#![allow(clippy::panic, reason = "a target that does not exist cannot be run")]

use std::{env, sync::LazyLock};

use fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = env::var("FUZZ_TARGET").unwrap_or_default();
    TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        panic!("FUZZ_TARGET must be one of: {}", names.join(", "))
    })
});

fuzz_target!(|bytes: &[u8]| (TARGET.run)(bytes));
