//! The functions in Node, each in one file with all of its packages.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use benchmarks::FUNCTIONS;

/// The name of a function's peer.
pub(crate) fn peer_of(function: &str) -> String {
    format!("node-{function}")
}

/// Installs the packages in `work`, and bundles the functions into `directory`. Says so if Node.js is missing or too old,
/// and does nothing.
pub(crate) fn bundle(work: &Path, directory: &Path) {
    if !is_node_new_enough() {
        println!("The functions in Node are left out, because they need Node.js 20 or newer, and npm.\n");
        return;
    }
    let copy = work.join("node_peer");
    fs::create_dir_all(&copy).unwrap();
    let source = local::find_template().parent().unwrap().join("tests/benchmarks/node_peer");
    for entry in fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    run("npm", &["ci", "--silent", "--no-audit"], &copy);
    let entries = FUNCTIONS.map(|function| format!("{function}.mjs"));
    let mut arguments = vec!["--no-install", "esbuild"];
    arguments.extend(entries.iter().map(String::as_str));
    arguments.extend([
        "--bundle",
        "--minify",
        "--platform=node",
        "--target=node20",
        "--format=cjs",
        "--outdir=bundled",
    ]);
    arguments.extend(["--log-level=warning", "--banner:js=#!/usr/bin/env node"]);
    run("npx", &arguments, &copy);
    for function in FUNCTIONS {
        let program = directory.join(peer_of(function));
        fs::copy(copy.join(format!("bundled/{function}.js")), &program).unwrap();
        run("chmod", &["+x", program.to_str().unwrap()], &copy);
    }
}

fn is_node_new_enough() -> bool {
    let version = |program| {
        let output = Command::new(program).arg("--version").stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        text.trim_start_matches('v').split('.').next()?.parse::<u32>().ok()
    };
    version("npm").is_some() && version("node").is_some_and(|major| major >= 20)
}

fn run(program: &str, arguments: &[&str], directory: &Path) {
    let status = Command::new(program).args(arguments).current_dir(directory).status().unwrap();
    assert!(status.success(), "{program} {} failed", arguments.join(" "));
}
