//! The logs of the functions: no secret, no panic, and no error that the trouble does not explain.

use std::{sync::Arc, time::Duration};

use harness::find_secret;

use crate::{report::LOG, world::World};

/// What an error in the log may say while the store, Clerk, the model or the processes fail.
const EXPLAINED: &[&str] = &[
    "store failed",
    "the process ended during an invocation",
    "init failed (signal",
    "user fetch failed",
    "live connections not told",
    "purge failed",
    "event failed",
    "Clerk refused",
    "the function failed",
    "the keys of the issuer could not be fetched",
    "secret key",
    "other requests kept writing the same rows",
    "DynamoDB is unavailable",
    "DynamoDB throttled the request",
    "Clerk is unavailable",
    "Clerk's rate limit is reached",
    "Clerk's response",
];

/// Reads the logs again and again.
pub(crate) async fn read(world: Arc<World>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        world.proxy.forget_calls();
        take(&world);
    }
}

/// Looks at the lines since the last look.
pub(crate) fn take(world: &World) {
    for line in world.usher.logs().take() {
        if let Some(secret) = find_secret(&line) {
            world.report.broken("no secret is in a log", format!("{secret}, in a line of {}", function_of(&line)));
        }
        if line.contains("panicked") {
            world.report.broken("no function panics", line.clone());
        }
        // The purge's schedule does what its stream has given up, as on AWS.
        if line.contains("stream record(s) dropped") && function_of(&line) != "purge-deletions" {
            world.report.broken("no record of the stream is given up", line.clone());
        }
        if is_kill(&line) {
            world.report.count(CRASHES, function_of(&line));
        }
        if line.contains("task timed out") {
            world.report.count(TIMEOUTS, function_of(&line));
        }
        let is_error = line.contains("ERROR");
        if is_error || line.contains("WARN") {
            world.report.count(LOG, without_values(&line));
        }
        let is_explained = !world.is_calm() && EXPLAINED.iter().any(|known| line.contains(known));
        if is_error && !is_explained {
            world.report.broken("every error in the logs has a cause", line);
        }
    }
}

pub(crate) const CRASHES: &str = "invocations that a kill has ended";
pub(crate) const TIMEOUTS: &str = "invocations that took too long";

/// Returns whether the emulator says that a process was killed during an invocation, or before its first one.
fn is_kill(line: &str) -> bool {
    let is_end = line.contains("the process ended during an invocation") || line.contains("init failed");
    is_end && line.contains("signal: 9")
}

fn function_of(line: &str) -> String {
    line.split(':').next().unwrap_or_default().to_owned()
}

/// The level and the message of a line, without the values of its fields.
fn without_values(line: &str) -> String {
    let level = line.find("ERROR").or_else(|| line.find("WARN")).unwrap_or_default();
    let words: Vec<_> =
        line[level..].split(' ').filter(|word| !word.is_empty() && !word.contains(['=', '{', '}', '"'])).collect();
    let text = words.join(" ");
    text.chars().take(90).collect()
}
