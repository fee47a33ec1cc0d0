//! Counts with valgrind.

use std::{fs, path::Path, process::Command};

use benchmarks::{FixedAnswers, RunningFunction, Subject};
use tempfile::TempDir;

/// The numbers of requests of the two processes.
const FEW: u32 = 10;
const MANY: u32 = 60;

/// Returns the number of instructions of a warm request.
pub(crate) fn instructions_of_request(function: &'static str, answers: &FixedAnswers) -> u64 {
    let [few, many] = [FEW, MANY].map(|requests| instructions_of_process(function, requests, answers));
    (many - few) / u64::from(MANY - FEW)
}

/// Returns the number of instructions of a process that answers this many requests.
fn instructions_of_process(function: &'static str, requests: u32, answers: &FixedAnswers) -> u64 {
    let directory = TempDir::new().unwrap();
    let log = directory.path().join("log");
    write_wrapper(function, directory.path(), &log);
    let subject = Subject::new(function, function, answers).with_services_at(&answers.plain_url);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let running = RunningFunction::start(&subject, answers, directory.path()).await;
        running.mean_latency(requests).await;
        running.terminate().await;
    });
    let log = fs::read_to_string(log).unwrap();
    let count = log.lines().find_map(|line| line.split_once("I   refs:")).expect("valgrind wrote its count").1;
    count.trim().replace(',', "").parse().unwrap()
}

/// Writes a program that runs a function in valgrind. It becomes valgrind, so that it has the function's process id.
fn write_wrapper(function: &str, directory: &Path, log: &Path) {
    let (wrapper, binary) = (directory.join(function), harness::binaries().join(function));
    let [log, binary] = [log, &binary].map(|path| path.display().to_string());
    let valgrind = "exec valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null";
    fs::write(&wrapper, format!("#!/bin/sh\n{valgrind} --log-file={log} {binary}\n")).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(wrapper).status().unwrap().success());
}
