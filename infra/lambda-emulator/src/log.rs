//! Where the output of functions, and what happens to them, is written.

use std::{
    fmt,
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::json;

/// Formats the lines of one process. A process handles one invocation at a time, so a format may combine lines.
pub trait LineFormat: fmt::Debug + Send {
    /// Returns the line to write for a line that `function` logged; `None` writes nothing.
    fn format(&mut self, function: &str, line: &str) -> Option<String>;
}

/// Destination of log lines. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub enum LogSink {
    /// Standard error, a line at a time, as the functions wrote it.
    #[default]
    Terminal,
    /// Standard error, each line a JSON document. The functions log JSON.
    Json,
    /// Standard error, through a format of the caller's own. The function makes the format of one process.
    Formatted(fn() -> Box<dyn LineFormat>),
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
        let format = if let Self::Formatted(new) = self { Some(new()) } else { None };
        ProcessLog { sink: self.clone(), source: source.to_owned(), format }
    }
}

/// The log of one process.
#[derive(Debug)]
pub(crate) struct ProcessLog {
    sink: LogSink,
    source: String,
    format: Option<Box<dyn LineFormat>>,
}

impl ProcessLog {
    pub(crate) fn line(&mut self, text: &str) {
        let source = &self.source;
        match &self.sink {
            LogSink::Terminal => print(&format!("{source}: {text}")),
            LogSink::Json if text.starts_with('{') => print(text),
            LogSink::Json => print(&json!({ "function": source, "message": text }).to_string()),
            LogSink::Formatted(_) => {
                if let Some(line) = self.format.as_mut().and_then(|format| format.format(source, text)) {
                    print(&line);
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
