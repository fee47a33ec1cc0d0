//! The cause of the end of a process, as the process wrote it to standard error.

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    task::JoinHandle,
};

use crate::log::ProcessLog;

/// Copies the output of a process to the log, line by line. The result is the cause of its end, if the process wrote
/// one.
pub(crate) fn copy_lines(output: impl AsyncRead + Unpin + Send + 'static, mut log: ProcessLog) -> JoinHandle<Cause> {
    tokio::spawn(async move {
        let mut cause = Cause::default();
        let mut lines = BufReader::new(output).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            let line = String::from_utf8_lossy(&line);
            cause.read_line(line.trim_end());
            log.write_line(line.trim_end());
        }
        cause
    })
}

/// The line that says why a process ended: the error that `main` returned, the message of a panic, or the last line.
#[derive(Debug, Default)]
pub(crate) struct Cause {
    text: String,
    is_final: bool,
    /// `true` if the next line is the message of a panic.
    panicked: bool,
}

impl Cause {
    fn read_line(&mut self, line: &str) {
        let error = line.strip_prefix("Error: ");
        if self.is_final || line.is_empty() {
            return;
        }
        self.is_final = self.panicked || error.is_some();
        self.panicked = line.starts_with("thread '") && line.contains(" panicked at ");
        error.unwrap_or(line).clone_into(&mut self.text);
    }

    /// Returns the line. `None` if the process wrote nothing.
    pub(crate) fn text(&self) -> Option<&str> {
        (!self.text.is_empty()).then_some(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_with_the_cause_is_found() {
        for (output, expected) in [
            (&["starting", "Error: A is not set"][..], Some("A is not set")),
            (&["Error: A is not set", "bye"], Some("A is not set")),
            (
                &["thread 'main' (7) panicked at src/main.rs:3:5:", "no table", "note: run with `RUST_BACKTRACE=1`"],
                Some("no table"),
            ),
            (&["cannot load libx.so", ""], Some("cannot load libx.so")),
            (&[], None),
        ] {
            let mut cause = Cause::default();
            output.iter().for_each(|line| cause.read_line(line));
            assert_eq!(cause.text(), expected);
        }
    }
}
