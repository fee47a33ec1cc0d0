//! What the functions wrote.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use local::LogSink;

use crate::{clock::eventually, secrets::found_in};

/// The lines the functions of one stack have written so far.
#[derive(Debug, Clone, Default)]
pub struct Logs(Arc<Mutex<Vec<String>>>, Arc<AtomicUsize>);

impl Logs {
    /// For the options of a stack.
    pub fn sink(&self) -> LogSink {
        LogSink::Capture(Arc::clone(&self.0))
    }

    /// All lines. Fails the test whose stack has written one that tells too much, whatever the test is about.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let read = self.1.fetch_max(lines.len(), Ordering::Relaxed);
        for line in &lines[read.min(lines.len())..] {
            if let Some(what) = found_in(line) {
                panic!("{what} is in the log: {line}");
            }
        }
        lines
    }

    /// The last lines, for the message of a failed test.
    pub fn tail(&self) -> String {
        let lines = self.lines();
        lines[lines.len().saturating_sub(12)..].join("\n    ")
    }

    /// Waits for a line that holds `text`: what a process writes arrives a moment after its answer.
    pub async fn line_with(&self, text: &str) -> String {
        let wanted = format!("a log line with {text:?}");
        eventually(&wanted, async || self.lines().into_iter().find(|line| line.contains(text))).await
    }
}
