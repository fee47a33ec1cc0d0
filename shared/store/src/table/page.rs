//! The cursors between the pages of a list.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use usher_contract::{ClerkUserId, ThreadId};
use uuid::Uuid;

use crate::error::Error;

/// A list of a user: what a cursor belongs to.
#[derive(Debug, Clone, Copy)]
pub enum List {
    /// The threads.
    Threads,
    /// The messages of a thread.
    Messages(ThreadId),
}

/// The error for a text that is not a cursor of this caller and this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("does not belong to this list")]
pub struct InvalidCursor;

const CHECKSUM_BYTES: usize = 16;

impl List {
    /// Checks a cursor without reading the list, which does the same check first.
    ///
    /// # Errors
    /// The text is not a cursor of this user and this list.
    pub fn check_cursor(self, cursor: &str, user: &ClerkUserId) -> Result<(), InvalidCursor> {
        parse_cursor(cursor, user, self).map(drop)
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
}
