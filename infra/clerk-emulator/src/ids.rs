//! Identifiers and the clock.

use std::time::{Duration, SystemTime};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Returns an id like those in the examples of Clerk's OpenAPI: a prefix and 27 base62 characters, as in
/// `user_2xhFjEI5X2qWRvtV13BzSj8H6Dk`.
pub(crate) fn id(prefix: &str) -> String {
    format!("{prefix}_{}", base62(27))
}

pub(crate) fn base62(length: usize) -> String {
    random(BASE62, length)
}

pub(crate) fn hex(length: usize) -> String {
    random(HEX, length)
}

fn random(alphabet: &[u8], length: usize) -> String {
    (0..length).map(|_| char::from(alphabet[rand::random_range(0..alphabet.len())])).collect()
}

/// Returns the seconds since the Unix epoch, the unit of tokens and `svix-timestamp`.
pub(crate) fn now_seconds() -> i64 {
    i64::try_from(since_epoch().as_secs()).unwrap_or(i64::MAX)
}

/// Returns the milliseconds since the Unix epoch, the unit of Clerk's objects and events.
pub(crate) fn now_ms() -> i64 {
    i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX)
}

fn since_epoch() -> Duration {
    // A clock before 1970 reads as 1970.
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_clerks_format_and_are_unique() {
        let id = id("user");
        let rest = id.strip_prefix("user_").unwrap();
        assert_eq!(rest.len(), 27);
        assert!(rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(id, super::id("user"));
    }

    #[test]
    fn milliseconds_and_seconds_agree() {
        assert!((now_ms() / 1000 - now_seconds()).abs() <= 1);
    }
}
