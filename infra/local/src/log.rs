//! Where the output of functions, and what happens to them, is written.

use std::{
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

/// Destination of log lines. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub enum LogSink {
    /// Standard error, a line at a time.
    #[default]
    Terminal,
    /// Kept in memory, for tests.
    Capture(Arc<Mutex<Vec<String>>>),
}

impl LogSink {
    /// Writes `source: text` as one line. A terminal that went away is not an error.
    pub fn line(&self, source: &str, text: &str) {
        let line = format!("{source}: {text}");
        match self {
            Self::Terminal => drop(writeln!(std::io::stderr().lock(), "{line}")),
            Self::Capture(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).push(line),
        }
    }
}
