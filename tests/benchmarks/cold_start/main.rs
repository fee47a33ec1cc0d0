//! Measures the cold start and the warm requests of four functions, against an empty function, a function that makes one
//! GetItem, and functions of the same work in Node.
//!
//! Run it with `cargo bench --workspace --bench cold_start`, on a machine that does nothing else. It builds the release
//! binaries, installs and bundles the Node functions if there is npm, and prints the tables of tests/README.md. It needs
//! Linux, and root for the limit of the processor. `-- 30` measures 30 rounds instead of 15.
//!
//! A function is a process of the Lambda emulator, and each request passes the emulator's API. DynamoDB, Systems Manager,
//! Clerk and the model are fixed answers over TLS on loopback, so the figures are those of the functions alone. As on
//! Lambda, Init has a full processor. What follows has the share of a function of 128 MB, and then a full processor
//! again. In each round, each function starts once, so that all of them see the same moods of the machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on has failed"
)]
#![allow(clippy::print_stderr, reason = "the tables alone go to standard output")]

mod cpu_limit;
mod measured;
mod node_peer;
mod process;
mod programs;
mod report;
mod statistics;
mod trial;

use std::process::ExitCode;

use benchmarks::FixedAnswers;

use crate::{
    cpu_limit::CpuLimit,
    report::Report,
    trial::{Trial, run_trial},
};

/// The number of rounds, unless an argument says another.
const ROUNDS: usize = 15;

fn main() -> ExitCode {
    if !cfg!(target_os = "linux") {
        eprintln!("Only Linux says how much processor time and memory a process has used.");
        return ExitCode::FAILURE;
    }
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let answers = runtime.block_on(FixedAnswers::start());
    let programs = programs::build();
    let measured = measured::all(&answers, &programs);
    let limit = CpuLimit::new();
    if let Err(reason) = &limit {
        println!("No control group limits the processor: {reason}.");
        println!("So the first answer at 128 MB is an estimate: the processor time of the request, at that share.");
        println!("The latency at 128 MB is one with a full processor.\n");
    }
    let limit = limit.ok();
    let mut trials: Vec<Vec<Trial>> = measured.iter().map(|_| Vec::new()).collect();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for (measured, trials) in measured.iter().zip(&mut trials) {
            trials.push(run_trial(measured, &answers, &programs.directory, limit.as_ref()));
        }
    }
    Report { measured: &measured, trials: &trials }.print(&programs);
    ExitCode::SUCCESS
}
