//! Texts of serde_json's errors without the value, which those errors quote.

/// Describes an error as a requirement, for example `must be a string`. What stands before the requirement in
/// serde_json's text is left out, because it quotes the value.
pub fn detail(error: &serde_json::Error) -> String {
    let reason = reason(error);
    match reason.rsplit_once(", expected ") {
        Some((_, expected)) => format!("must be {expected}"),
        None => reason,
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Hello,
    }

    #[test]
    fn a_requirement_does_not_quote_the_value() {
        for secret in ["secret", "secret at line 1", "secret, expected x"] {
            let error = serde_json::from_value::<bool>(json!(secret)).unwrap_err();
            assert_eq!(detail(&error), "must be a boolean");
            let error = serde_json::from_value::<Kind>(json!(secret)).unwrap_err();
            assert_eq!(detail(&error), "must be `hello`");
        }
    }

    #[test]
    fn a_reason_has_no_line() {
        let error = serde_json::from_str::<bool>("[").unwrap_err();
        assert_eq!(reason(&error), "invalid type: sequence, expected a boolean");
    }
}
