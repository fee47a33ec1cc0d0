//! Pages of a list, and the cursors between them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};
use usher_clerk::ClerkUserId;
use uuid::Uuid;

use crate::id::ThreadId;

/// How many entries a page may have: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u8);

/// A number that is no page limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to 100")]
pub struct InvalidLimit;

/// A part of a list, and where the next begins. A page may have fewer entries than the limit, even none: DynamoDB reads
/// at most 1 MB at once, and a page passes over a limited number of deleted rows. Only a missing cursor means the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// What to ask for the next page with; null at the end.
    pub next_cursor: Option<String>,
}

/// Which list a cursor belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum List {
    Threads,
    Messages(ThreadId),
}

/// A text that is no cursor of this caller and this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor of this list")]
pub struct InvalidCursor;

const CHECK_BYTES: usize = 16;

impl PageLimit {
    /// Reads a limit.
    ///
    /// # Errors
    /// It is no number from 1 to 100.
    pub fn parse(text: &str) -> Result<Self, InvalidLimit> {
        // `parse` would take a sign, too.
        let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        digits
            .and_then(|text| text.parse().ok())
            .filter(|limit| (1..=100).contains(limit))
            .map(Self)
            .ok_or(InvalidLimit)
    }

    pub(crate) fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(50)
    }
}

/// The id of the last row that was read and a checksum over whose list it is. The checksum is no secret: it tells mistakes apart,
/// and a forged cursor still opens nothing but the caller's own partition.
pub(crate) fn cursor(user: &ClerkUserId, list: List, last: Uuid) -> String {
    let mut bytes = [0; 16 + CHECK_BYTES];
    bytes[..16].copy_from_slice(last.as_bytes());
    bytes[16..].copy_from_slice(&check(user, list, last));
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn parse_cursor(text: &str, user: &ClerkUserId, list: List) -> Result<Uuid, InvalidCursor> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
    let (last, found) = bytes.split_first_chunk().ok_or(InvalidCursor)?;
    let last = Uuid::from_bytes(*last);
    (found == check(user, list, last)).then_some(last).ok_or(InvalidCursor)
}

fn check(user: &ClerkUserId, list: List, last: Uuid) -> [u8; CHECK_BYTES] {
    let list = match list {
        List::Threads => "threads".to_owned(),
        List::Messages(thread) => format!("messages#{thread}"),
    };
    let digest = Sha256::new().chain_update(format!("{user}#{list}#")).chain_update(last).finalize();
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&digest[..CHECK_BYTES]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::GeneratedId;

    #[test]
    fn a_cursor_belongs_to_one_caller_and_one_list() {
        let [ada, bob] = ["user_ada", "user_bob"].map(|id| ClerkUserId::parse(id).unwrap());
        let [one, two] = [ThreadId::generate(), ThreadId::generate()];
        let last = Uuid::now_v7();
        let text = cursor(&ada, List::Messages(one), last);
        assert_eq!(parse_cursor(&text, &ada, List::Messages(one)), Ok(last));
        assert_eq!(parse_cursor(&text, &bob, List::Messages(one)), Err(InvalidCursor));
        assert_eq!(parse_cursor(&text, &ada, List::Messages(two)), Err(InvalidCursor));
        assert_eq!(parse_cursor(&text, &ada, List::Threads), Err(InvalidCursor));
        for length in 0..text.len() {
            assert_eq!(parse_cursor(&text[..length], &ada, List::Messages(one)), Err(InvalidCursor));
        }
        assert_eq!(parse_cursor(&format!("{text}A"), &ada, List::Messages(one)), Err(InvalidCursor));
    }

    #[test]
    fn a_limit_is_1_to_100() {
        assert_eq!(PageLimit::parse("1").unwrap().get(), 1);
        assert_eq!(PageLimit::parse("100").unwrap().get(), 100);
        for text in ["0", "101", "-1", "", "ten", "1.5", "356"] {
            assert_eq!(PageLimit::parse(text), Err(InvalidLimit), "{text}");
        }
    }
}
