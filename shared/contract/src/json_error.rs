//! Texts of serde_json's errors without the value, which those errors quote.

/// Describes an error as a requirement, for example `must be a string`.
pub fn detail(error: &serde_json::Error) -> String {
    let reason = reason(error);
    match reason.rsplit_once(", expected ") {
        Some((_, expected)) if reason.starts_with("invalid ") => format!("must be {expected}"),
        _ => reason,
    }
}

/// Returns serde_json's message without the line and the column, which only help if the text is not JSON.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        // The error of a value that is parsed already has no line. The words may then be part of a quoted value.
        Some((reason, _)) if error.line() > 0 => reason.to_owned(),
        _ => text,
    }
}
