//! The log: the output of the functions, and what happens to their processes.

use std::{
    fmt,
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::json;

/// Formats the lines of one process. A process handles one invocation at a time, so a format may combine lines.
pub trait LineFormat: fmt::Debug + Send {
    /// Formats a line that `function` wrote. Returns `None` if nothing is to be written.
    fn format(&mut self, function: &str, line: &str) -> Option<String>;
}

/// The destination of log lines. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub enum LogSink {
    /// Standard error, each line after the function's name.
    #[default]
    Terminal,
    /// Standard error, each line a JSON document. A line that is not JSON is wrapped.
    Json,
    /// Standard error, in the caller's own format. The function makes the format of one process.
    Formatted(fn() -> Box<dyn LineFormat>),
    /// Memory, for tests.
    Capture(Arc<Mutex<Vec<String>>>),
}

impl LogSink {
    /// Writes `text` as one line of `function`.
    pub(crate) fn write_line(&self, function: &str, text: &str) {
        self.process_log(function).write_line(text);
    }

    /// Returns the log of one process of `function`.
    pub(crate) fn process_log(&self, function: &str) -> ProcessLog {
        let format = if let Self::Formatted(new) = self { Some(new()) } else { None };
        ProcessLog { sink: self.clone(), function: function.to_owned(), format }
    }
}

/// The log of one process.
#[derive(Debug)]
pub(crate) struct ProcessLog {
    sink: LogSink,
    function: String,
    format: Option<Box<dyn LineFormat>>,
}

impl ProcessLog {
    pub(crate) fn write_line(&mut self, text: &str) {
        let function = &self.function;
        match &self.sink {
            LogSink::Terminal => print(&format!("{function}: {text}")),
            LogSink::Json if text.starts_with('{') => print(text),
            LogSink::Json => print(&json!({ "function": function, "message": text }).to_string()),
            LogSink::Formatted(_) => {
                if let Some(line) = self.format.as_mut().and_then(|format| format.format(function, text)) {
                    print(&line);
                }
            }
            LogSink::Capture(lines) => {
                lines.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{function}: {text}"));
            }
        }
    }
}

/// Prints a line. A terminal that was closed is not an error.
fn print(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}
