//! Secrets and personal data, which no log may hold.

use regex::Regex;
use std::sync::LazyLock;

static FORBIDDEN: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let patterns = [
        ("an e-mail address", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}"),
        ("a secret key", r"sk_(test|live)_[A-Za-z0-9]{4,}"),
        ("a webhook secret", r"whsec_[A-Za-z0-9+/]{4,}"),
        ("a Svix signature", r"v1,[A-Za-z0-9+/]{20,}"),
        ("a token", r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
        ("an Authorization header", r"(?i)bearer [A-Za-z0-9]"),
        ("a PEM", r"-----BEGIN"),
        ("a user object", r#"email_addresses|first_name|private_metadata|\\?"clerk_user"#),
    ];
    patterns.map(|(name, pattern)| (name, Regex::new(pattern).unwrap())).into()
});

/// Finds the first secret in a line and returns its name.
pub fn find_secret(line: &str) -> Option<&'static str> {
    FORBIDDEN.iter().find(|(_, pattern)| pattern.is_match(line)).map(|(name, _)| *name)
}
