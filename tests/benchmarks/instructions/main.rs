//! Counts the instructions of a warm request of four functions, and compares them with `pinned.json`. The time of a
//! request depends on the machine and on what else it does. The number of instructions hardly does, so a regression
//! shows everywhere.
//!
//! `cargo bench --workspace --profile dev --bench instructions` fails if a function needs 3 % more or less than it did,
//! or 10 % for a reply. After an intended change, `-- renew` writes the new numbers. It needs valgrind, whose
//! processor has the same features on every x86_64 machine with AVX2.
//!
//! The functions are those of the tests, without optimisation, because `.ci/run` has built them. The services answer
//! without TLS, because only the SDK would be measured there. A process is counted as a whole. So the difference of two
//! processes with different numbers of requests leaves Init out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on has failed"
)]
#![allow(clippy::print_stderr, reason = "a failure is said there")]

mod count;
mod pinned;

use std::process::{Command, ExitCode};

use benchmarks::{FUNCTIONS, FixedAnswers};

use crate::pinned::Pinned;

/// The difference from the pinned number that is accepted. Two runs differ by less than 1 %, because maps are hashed with
/// random keys, and data arrives in other pieces.
const TOLERANCE: f64 = 0.03;
/// The same for a reply. Every half second its writer looks whether it may go on, so a slow machine counts more looks.
const TOLERANCE_OF_REPLY: f64 = 0.1;

fn main() -> ExitCode {
    let renew = std::env::args().any(|argument| argument == "renew");
    let pinned = Pinned::read();
    if !renew && let Some(reason) = pinned.is_of_another_build() {
        println!("not compared: {reason}");
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("valgrind is missing; `.ci/run instructions` installs it on Debian");
        return ExitCode::FAILURE;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let answers = runtime.block_on(FixedAnswers::start());
    let counted = FUNCTIONS.map(|function| (function, count::instructions_of_request(function, &answers)));
    let mut is_as_pinned = true;
    for (function, instructions) in counted {
        let change = pinned.change(function, instructions);
        println!("{function}: {instructions} instructions, {:+.1} %", change * 100.0);
        let tolerance = if function == "create-reply" { TOLERANCE_OF_REPLY } else { TOLERANCE };
        is_as_pinned &= change.abs() <= tolerance;
    }
    if renew {
        Pinned::write(counted);
    } else if !is_as_pinned {
        eprintln!(
            "A function needs 3 % more or less than pinned (create-reply 10 %). If that is intended, run this again with `-- renew`."
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
