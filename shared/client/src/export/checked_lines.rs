//! The lines of one response of an export, and whether they are all there.

use std::fmt::Write as _;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use usher_contract::{ExportCounts, ExportEnd, ExportedPart};

use crate::export::Incomplete;

/// The maximum length of a line, in bytes. A row of DynamoDB has at most 400 KB, and a control character is written as
/// six bytes.
const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;

/// Reads lines in any pieces. Holds the last line only.
#[derive(Default)]
pub(super) struct CheckedLines {
    /// The bytes of the line that is not complete yet.
    line: Vec<u8>,
    counts: ExportCounts,
    hash: Sha256,
    end: Option<ExportEnd>,
}

/// The part of a line that says what it is.
#[derive(Deserialize)]
struct AnyLine {
    r#type: String,
}

impl CheckedLines {
    /// The lines so far.
    pub(super) fn counts(&self) -> ExportCounts {
        self.counts
    }

    /// Reads the next bytes.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(), Incomplete> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if self.line.len() > MAX_LINE_BYTES {
                return Err(Incomplete::UnreadableLine);
            }
            if piece.ends_with(b"\n") {
                self.read_line()?;
                self.line.clear();
            }
        }
        Ok(())
    }

    fn read_line(&mut self) -> Result<(), Incomplete> {
        // Nothing may follow the end.
        if self.end.is_some() {
            return Err(Incomplete::UnreadableLine);
        }
        let line: AnyLine = serde_json::from_slice(&self.line).map_err(|_| Incomplete::UnreadableLine)?;
        match line.r#type.as_str() {
            "end" => {
                let end = serde_json::from_slice(&self.line).map_err(|_| Incomplete::UnreadableLine)?;
                self.end = Some(end);
                return Ok(());
            }
            "user" => self.counts.users += 1,
            "settings" => self.counts.settings += 1,
            "thread" => self.counts.threads += 1,
            "message" => self.counts.messages += 1,
            // The header, or a type of a later version.
            _ => {}
        }
        self.hash.update(&self.line);
        Ok(())
    }

    /// Returns the end, if it matches the lines before it.
    pub(super) fn finish(self) -> Result<ExportEnd, Incomplete> {
        let end = self.end.filter(|_| self.line.is_empty()).ok_or(Incomplete::NoEnd)?;
        if let ExportEnd::Complete { part } | ExportEnd::Continues { part, .. } = &end {
            let sha256 = self.hash.finalize().iter().fold(String::new(), |mut hex, byte| {
                // Writing to a text cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            if *part != (ExportedPart { counts: self.counts, sha256 }) {
                return Err(Incomplete::Mismatch);
            }
        }
        Ok(end)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LINES: &str =
        "{\"type\":\"header\"}\n{\"type\":\"user\",\"user\":{\"type\":\"message\"}}\n{\"type\":\"thread\"}\n";

    fn end(threads: u64) -> String {
        let sha256 = Sha256::digest(LINES).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let counts = json!({"users": 1, "settings": 0, "threads": threads, "messages": 0});
        json!({"type": "end", "outcome": "complete", "counts": counts, "sha256": sha256}).to_string() + "\n"
    }

    fn check(text: &str, piece: usize) -> Result<ExportEnd, Incomplete> {
        let mut lines = CheckedLines::default();
        for piece in text.as_bytes().chunks(piece) {
            lines.read(piece)?;
        }
        lines.finish()
    }

    #[test]
    fn lines_are_checked_in_any_pieces() {
        let text = LINES.to_owned() + &end(1);
        for piece in [1, 7, text.len()] {
            assert!(matches!(check(&text, piece), Ok(ExportEnd::Complete { .. })), "{piece}");
        }
    }

    #[test]
    fn a_response_that_is_not_whole_is_found() {
        let whole = LINES.to_owned() + &end(1);
        let deleted = LINES.to_owned() + "{\"type\":\"end\",\"outcome\":\"user_deleted\"}\n";
        assert!(matches!(check(&deleted, 9), Ok(ExportEnd::UserDeleted)));
        assert!(matches!(check(LINES, 9), Err(Incomplete::NoEnd)));
        assert!(matches!(check("", 9), Err(Incomplete::NoEnd)));
        assert!(matches!(check(whole.trim_end(), 9), Err(Incomplete::NoEnd)), "the line feed is missing");
        assert!(matches!(check(&(LINES.to_owned() + &end(2)), 9), Err(Incomplete::Mismatch)));
        let changed = whole.replacen("header", "headex", 1);
        assert!(matches!(check(&changed, 9), Err(Incomplete::Mismatch)));
        for (text, case) in [(whole.clone() + LINES, "after the end"), ("x\n".to_owned(), "no JSON")] {
            assert!(matches!(check(&text, 9), Err(Incomplete::UnreadableLine)), "{case}");
        }
    }
}
