//! The functions in Node, each in one file with all of its packages.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// The functions that have a peer.
pub(crate) const PEERS: [&str; 3] = ["get-current-user", "create-message", "clerk-webhook"];

/// The name of a function's peer.
pub(crate) fn peer_of(function: &str) -> String {
    format!("node-{function}")
}

/// Installs the packages in `work`, and bundles the functions into `directory`. Says so if there is no npm, and does
/// nothing.
pub(crate) fn bundle(work: &Path, directory: &Path) {
    let installed = Command::new("npm").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !installed.is_ok_and(|status| status.success()) {
        println!("npm is missing, so the functions in Node are left out. Install Node.js 20 or newer.\n");
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
    let entries = PEERS.map(|function| format!("{function}.mjs"));
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
    for function in PEERS {
        let program = directory.join(peer_of(function));
        fs::copy(copy.join(format!("bundled/{function}.js")), &program).unwrap();
        run("chmod", &["+x", program.to_str().unwrap()], &copy);
    }
}

fn run(program: &str, arguments: &[&str], directory: &Path) {
    let status = Command::new(program).args(arguments).current_dir(directory).status().unwrap();
    assert!(status.success(), "{program} {} failed", arguments.join(" "));
}
