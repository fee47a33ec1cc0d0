//! Where the output of functions, and what happens to them, is written.

mod people;

use std::{
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::json;

use people::Reader;

/// Destination of log lines. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub enum LogSink {
    /// Standard error, a line at a time, as the functions wrote it.
    #[default]
    Terminal,
    /// Standard error, each line a JSON document. The functions log JSON.
    Json,
    /// Standard error, for people: a line for each request, with the time. The functions log JSON.
    People,
    /// Kept in memory, for tests.
    Capture(Arc<Mutex<Vec<String>>>),
}

impl LogSink {
    /// Writes `text` of `source` as one line. A terminal that went away is not an error.
    pub fn line(&self, source: &str, text: &str) {
        self.of_process(source).line(text);
    }

    /// The log of one process of the function `source`.
    pub(crate) fn of_process(&self, source: &str) -> ProcessLog {
        ProcessLog { sink: self.clone(), source: source.to_owned(), reader: Reader::default() }
    }
}

/// The log of one process.
#[derive(Debug)]
pub(crate) struct ProcessLog {
    sink: LogSink,
    source: String,
    reader: Reader,
}

impl ProcessLog {
    pub(crate) fn line(&mut self, text: &str) {
        let source = &self.source;
        match &self.sink {
            LogSink::Terminal => print(&format!("{source}: {text}")),
            LogSink::Json if text.starts_with('{') => print(text),
            LogSink::Json => print(&json!({ "function": source, "message": text }).to_string()),
            LogSink::People => {
                if let Some(line) = self.reader.line(source, text) {
                    print(&format!("{} {line}", chrono::Local::now().format("%H:%M:%S")));
                }
            }
            LogSink::Capture(lines) => {
                lines.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{source}: {text}"));
            }
        }
    }
}

fn print(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}
