//! A function's JSON log, as a developer wants to read it.

use lambda_emulator::LineFormat;
use serde_json::{Map, Value};

/// Fields that a reader does not need: they are in the line already, or for machines.
const LEFT_OUT: [&str; 5] = ["level", "message", "request_id", "span", "timestamp"];

/// Reads the log of one process. It handles one request at a time, so what it logs of a webhook belongs to the answer
/// that comes next.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    webhook: Option<String>,
}

impl LineFormat for Reader {
    fn format(&mut self, function: &str, line: &str) -> Option<String> {
        Some(format!("{} {}", chrono::Local::now().format("%H:%M:%S"), self.line(function, line)?))
    }
}

impl Reader {
    /// Returns the line for `text`. Returns `None` if a reader has no use for it, as for a metric.
    fn line(&mut self, source: &str, text: &str) -> Option<String> {
        let Ok(event) = serde_json::from_str::<Map<String, Value>>(text) else {
            return Some(format!("{source}: {text}"));
        };
        // A metric of CloudWatch's embedded metric format.
        if event.contains_key("_aws") {
            return None;
        }
        let level = word(&event, "level");
        match word(&event, "message").as_str() {
            "request" => Some(request(&event, self.webhook.take())),
            "webhook processed" => {
                self.webhook = Some(format!("{} → {}", word(&event, "event"), word(&event, "outcome")));
                None
            }
            message => {
                let level = if level == "INFO" { String::new() } else { format!("{level} ") };
                let rest = event.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
                let rest: String = rest.map(|(name, value)| format!(" {name}={}", plain(value))).collect();
                Some(format!("{level}{source}: {message}{rest}"))
            }
        }
    }
}

/// `POST /webhooks/clerk 200 8 ms user.deleted → deleted`
fn request(event: &Map<String, Value>, webhook: Option<String>) -> String {
    let milliseconds = event.get("duration_ms").and_then(Value::as_f64).unwrap_or_default();
    let duration = if milliseconds < 1.0 { format!("{milliseconds:.1} ms") } else { format!("{milliseconds:.0} ms") };
    let words = [word(event, "route"), word(event, "status"), duration, word(event, "code"), word(event, "user")];
    let words = words.into_iter().chain(webhook).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The text of a field; empty where it is missing.
fn word(event: &Map<String, Value>, name: &str) -> String {
    event.get(name).map(plain).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Vec<String> {
        let mut reader = Reader::default();
        lines.iter().filter_map(|line| reader.line("clerk-webhook", line)).collect()
    }

    #[test]
    fn a_webhook_is_one_line_with_what_became_of_it() {
        let lines = read(&[
            r#"{"level":"INFO","message":"webhook processed","event":"user.deleted","outcome":"deleted","svix_id":"msg_1"}"#,
            r#"{"_aws":{"Timestamp":1},"Webhooks":1}"#,
            r#"{"level":"INFO","message":"request","route":"POST /webhooks/clerk","status":200,"duration_ms":8.21,"request_id":"r"}"#,
            r#"{"level":"INFO","message":"request","route":"POST /webhooks/clerk","status":400,"code":"invalid-signature","duration_ms":0.31}"#,
        ]);
        assert_eq!(
            lines,
            [
                "POST /webhooks/clerk 200 8 ms user.deleted → deleted",
                "POST /webhooks/clerk 400 0.3 ms invalid-signature"
            ]
        );
    }

    #[test]
    fn a_request_names_its_user() {
        let lines = read(&[
            r#"{"level":"INFO","message":"request","route":"GET /users/me","status":200,"duration_ms":3.0,"user":"user_1"}"#,
        ]);
        assert_eq!(lines, ["GET /users/me 200 3 ms user_1"]);
    }

    #[test]
    fn everything_else_keeps_its_words() {
        let lines = read(&[
            r#"{"level":"WARN","message":"Clerk cannot be reached","error":"timed out","span":{"name":"x"}}"#,
            r#"{"level":"INFO","message":"erased","rows":12}"#,
            "thread 'main' panicked",
        ]);
        assert_eq!(
            lines,
            [
                "WARN clerk-webhook: Clerk cannot be reached error=timed out",
                "clerk-webhook: erased rows=12",
                "clerk-webhook: thread 'main' panicked"
            ]
        );
    }
}
