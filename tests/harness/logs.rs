//! The logs of the functions.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use local::LogSink;

use crate::{clock::eventually, secrets::find_secret};

/// The lines that the functions of one stack have written so far.
#[derive(Debug, Clone, Default)]
pub struct Logs(Arc<Mutex<Vec<String>>>, Arc<AtomicUsize>);

impl Logs {
    /// The log option of a stack that writes here.
    pub fn sink(&self) -> LogSink {
        LogSink::Capture(Arc::clone(&self.0))
    }

    /// All lines. Panics if a line holds a secret or personal data, so every test checks this.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let read = self.1.fetch_max(lines.len(), Ordering::Relaxed);
        for line in &lines[read.min(lines.len())..] {
            if let Some(secret) = find_secret(line) {
                panic!("the log holds {secret}: {line}");
            }
        }
        lines
    }

    /// Takes the lines out, so that a long run keeps its memory. The caller looks for secrets, with
    /// [`find_secret`].
    pub fn take(&self) -> Vec<String> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.1.store(0, Ordering::Relaxed);
        std::mem::take(&mut lines)
    }

    /// The last 12 lines, for the message of a failed assertion.
    pub fn tail(&self) -> String {
        let lines = self.lines();
        lines[lines.len().saturating_sub(12)..].join("\n    ")
    }

    /// Waits for a line with `text`. A log line arrives a moment after the response.
    pub async fn line_with(&self, text: &str) -> String {
        let wanted = format!("a log line with {text:?}");
        eventually(&wanted, async || self.lines().into_iter().find(|line| line.contains(text))).await
    }
}
