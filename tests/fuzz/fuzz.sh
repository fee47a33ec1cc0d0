#!/usr/bin/env bash
# Fuzzes one target with libFuzzer, and keeps the inputs that reached new code in corpus/TARGET.
#
#   tests/fuzz/fuzz.sh              the list of targets
#   tests/fuzz/fuzz.sh TARGET       for ten minutes
#   tests/fuzz/fuzz.sh TARGET 60    for so many seconds
#
# Needs cargo and a C++ compiler. The first build takes about five minutes. An input that fails is written into the
# working directory; put it into corpus/TARGET, so that the tests run it from then on.
set -euo pipefail
cd "$(dirname "$0")"

if [ $# = 0 ]; then
  ls corpus # Each target has a folder.
  exit
fi
export FUZZ_TARGET=$1
seconds=${2:-600}
if [ ! -d "corpus/$FUZZ_TARGET" ]; then
  echo "there is no target '$FUZZ_TARGET'; without one, this script lists them" >&2
  exit 2
fi
# SanitizerCoverage, as cargo-fuzz sets it without a sanitizer. A fat LTO would take long and find nothing more.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions"
export CARGO_PROFILE_RELEASE_LTO=off
target=$(rustc --print host-tuple)
# With --target, the flags do not apply to build scripts and macros.
cargo build --quiet --release --package fuzz-tests --features libfuzzer --bin libfuzzer --target "$target"
# Where `cargo build` puts the program depends on the configuration.
directory=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
program=$directory/$target/release/libfuzzer
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
"$program" "$found" "corpus/$FUZZ_TARGET" -max_total_time="$seconds" -max_len=400 -timeout=10 -print_final_stats=1
# Adds only the inputs without which some code would not be reached.
"$program" -set_cover_merge=1 -use_counters=0 "corpus/$FUZZ_TARGET" "$found"
