//! The text format of the log: one line for each request of a function, made from the JSON that the function logs.

use std::io::{self, Write};

use lambda_emulator::LineFormat;
use serde_json::{Map, Value};

/// Fields that are not written: they are in the line already, or are for machines.
const OMITTED: [&str; 5] = ["level", "message", "request_id", "span", "timestamp"];

/// The format of the log of one process. A process handles one request at a time, so a webhook event belongs to the
/// next request event.
#[derive(Debug, Default)]
pub(crate) struct TextFormat {
    /// The type and outcome of a webhook whose request event has not come yet.
    webhook: Option<String>,
}

impl LineFormat for TextFormat {
    fn format(&mut self, function: &str, line: &str) -> Option<String> {
        Some(format!("{} {}", chrono::Local::now().format("%H:%M:%S"), self.line(function, line)?))
    }
}

/// Standard error, for the JSON events that this process logs itself. Writes them as the lines of functions.
#[derive(Debug, Default)]
pub struct TextWriter;

impl Write for TextWriter {
    fn write(&mut self, events: &[u8]) -> io::Result<usize> {
        for event in String::from_utf8_lossy(events).lines() {
            if let Some(line) = TextFormat::default().format("cargo dev", event) {
                writeln!(io::stderr().lock(), "{line}")?;
            }
        }
        Ok(events.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TextFormat {
    /// Returns the line without the time. Returns `None` if nothing is to be written, for example for a metric.
    fn line(&mut self, function: &str, text: &str) -> Option<String> {
        let Ok(event) = serde_json::from_str::<Map<String, Value>>(text) else {
            return Some(format!("{function}: {text}"));
        };
        // A metric of CloudWatch's embedded metric format.
        if event.contains_key("_aws") {
            return None;
        }
        let level = word(&event, "level");
        match word(&event, "message").as_str() {
            "request" => Some(request_line(&event, self.webhook.take())),
            "webhook processed" => {
                self.webhook = Some(format!("{} → {}", word(&event, "event"), word(&event, "outcome")));
                None
            }
            message => {
                let level = if level == "INFO" { String::new() } else { format!("{level} ") };
                let rest = event.iter().filter(|(name, _)| !OMITTED.contains(&name.as_str()));
                let rest: String = rest.map(|(name, value)| format!(" {name}={}", plain(value))).collect();
                Some(format!("{level}{function}: {message}{rest}"))
            }
        }
    }
}

/// Returns the line of a request, for example `POST /webhooks/clerk 200 8 ms user.deleted → deleted`, or
/// `GET /nothing 404 no route`. The gateway measures no duration. The line of another service than the API begins with
/// the name of the service.
fn request_line(event: &Map<String, Value>, webhook: Option<String>) -> String {
    let duration = match event.get("duration_ms").and_then(Value::as_f64) {
        None => String::new(),
        Some(milliseconds) if milliseconds < 1.0 => format!("{milliseconds:.1} ms"),
        Some(milliseconds) => format!("{milliseconds:.0} ms"),
    };
    let (code, reason) = (word(event, "code"), word(event, "reason"));
    let separator = if code.is_empty() || reason.is_empty() { "" } else { ": " };
    let problem = format!("{code}{separator}{reason}");
    let service = match word(event, "service").as_str() {
        "" | "api" => String::new(),
        service => format!("{service}:"),
    };
    let words = [service, word(event, "route"), word(event, "status"), duration, word(event, "user"), problem];
    let words = words.into_iter().chain(webhook).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The text of a field. Empty if the field is missing.
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
        let mut format = TextFormat::default();
        lines.iter().filter_map(|line| format.line("clerk-webhook", line)).collect()
    }

    #[test]
    fn a_webhook_is_one_line_with_its_outcome() {
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
    fn a_refusal_names_its_reason() {
        let lines = read(&[
            r#"{"level":"INFO","message":"request","service":"api","route":"GET /nothing","status":404,"reason":"no route"}"#,
            r#"{"level":"INFO","message":"request","service":"clerk","route":"GET /v1/jwks","status":401,"reason":"key"}"#,
            r#"{"level":"INFO","message":"request","route":"POST /threads","status":422,"code":"invalid-field","reason":"title: must be 1 to 200 characters","duration_ms":2.0,"user":"user_1"}"#,
        ]);
        assert_eq!(
            lines,
            [
                "GET /nothing 404 no route",
                "clerk: GET /v1/jwks 401 key",
                "POST /threads 422 2 ms user_1 invalid-field: title: must be 1 to 200 characters"
            ]
        );
    }

    #[test]
    fn another_event_keeps_its_text() {
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
