//! Pages of a list, and the cursors between them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};
use usher_clerk::ClerkUserId;
use uuid::Uuid;

use crate::{error::Error, id::ThreadId};

/// The maximum number of entries on a page: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u8);

/// The error for a text that is not a page limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to 100")]
pub struct InvalidLimit;

/// A part of a list. A page may have fewer entries than the limit, even none, because DynamoDB reads at most 1 MB at
/// once and a page skips a limited number of deleted rows. Only a missing cursor means the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The cursor of the next page. Null at the end.
    pub next_cursor: Option<String>,
}

/// The list that a cursor belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum List {
    Threads,
    Messages(ThreadId),
}

/// The error for a text that is not a cursor of this caller and this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor of this list")]
pub struct InvalidCursor;

const CHECKSUM_BYTES: usize = 16;

impl PageLimit {
    /// Parses a limit.
    ///
    /// # Errors
    /// The text is not a number from 1 to 100.
    pub fn parse(text: &str) -> Result<Self, InvalidLimit> {
        // `parse` accepts a sign as well.
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

/// Returns a cursor: the id of the last row that was read, and a checksum of the user, the list and the id. The
/// checksum only detects mistakes. It is not a secret, because a forged cursor can still only read the caller's own
/// partition.
pub(crate) fn cursor(user: &ClerkUserId, list: List, last: Uuid) -> String {
    let mut bytes = [0; 16 + CHECKSUM_BYTES];
    bytes[..16].copy_from_slice(last.as_bytes());
    bytes[16..].copy_from_slice(&checksum(user, list, last));
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn parse_cursor(text: &str, user: &ClerkUserId, list: List) -> Result<Uuid, InvalidCursor> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
    let (last, found) = bytes.split_first_chunk().ok_or(InvalidCursor)?;
    let last = Uuid::from_bytes(*last);
    (found == checksum(user, list, last)).then_some(last).ok_or(InvalidCursor)
}

fn checksum(user: &ClerkUserId, list: List, last: Uuid) -> [u8; CHECKSUM_BYTES] {
    let list = match list {
        List::Threads => "threads".to_owned(),
        List::Messages(thread) => format!("messages#{thread}"),
    };
    let digest = Sha256::new().chain_update(format!("{user}#{list}#")).chain_update(last).finalize();
    let mut checksum = [0; CHECKSUM_BYTES];
    checksum.copy_from_slice(&digest[..CHECKSUM_BYTES]);
    checksum
}

impl From<InvalidCursor> for Error {
    fn from(_: InvalidCursor) -> Self {
        Self::InvalidCursor
    }
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
