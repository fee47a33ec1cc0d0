//! Logs: one structured event per line, within the span of its request.

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::config::environment::variable;

/// Starts logging with the format and the level of Lambda's settings (`AWS_LAMBDA_LOG_FORMAT`, `AWS_LAMBDA_LOG_LEVEL`).
/// The level is at most DEBUG, because the runtime prints payloads at TRACE. Libraries log at most at INFO.
pub(crate) fn init() {
    let level = variable("AWS_LAMBDA_LOG_LEVEL").and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    let level = level.min(LevelFilter::DEBUG);
    // A prefix of every shared crate's name. `Targets`, because an `EnvFilter` links a regex engine.
    let filter = Targets::new().with_default(level.min(LevelFilter::INFO)).with_target("usher", level);
    let subscriber = tracing_subscriber::fmt().with_max_level(level).with_target(false).without_time();
    // An error means that a subscriber exists already. It stays.
    let _ = if is_json() {
        subscriber.json().flatten_event(true).with_span_list(false).finish().with(filter).try_init()
    } else {
        subscriber.with_ansi(false).finish().with(filter).try_init()
    };
}

/// Returns whether log events are written as JSON.
pub(crate) fn is_json() -> bool {
    variable("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json"))
}
