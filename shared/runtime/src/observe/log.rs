//! Logs: one structured event a line, within the span of its request.

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use crate::config::environment::variable;

/// Starts logging as Lambda's settings say (`AWS_LAMBDA_LOG_FORMAT`, `AWS_LAMBDA_LOG_LEVEL`), but never at TRACE, where
/// the runtime prints payloads, and the libraries no finer than INFO.
pub(crate) fn init() {
    let level = variable("AWS_LAMBDA_LOG_LEVEL").and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    let level = level.min(LevelFilter::DEBUG);
    let mut filter = EnvFilter::new(level.min(LevelFilter::INFO).to_string());
    // All of Usher's crates begin with it.
    if let Ok(directive) = format!("usher={level}").parse() {
        filter = filter.add_directive(directive);
    }
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).without_time();
    // A subscriber that is there already stays.
    let _ = if is_json() {
        subscriber.json().flatten_event(true).with_span_list(false).try_init()
    } else {
        subscriber.with_ansi(false).try_init()
    };
}

/// Whether the log is for machines.
pub(crate) fn is_json() -> bool {
    variable("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json"))
}
