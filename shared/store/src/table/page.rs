//! The cursors between the pages of a list.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use usher_contract::{ClerkUserId, SearchKind, SearchQuery, ThreadId};
use uuid::Uuid;

use crate::error::Error;

/// A list of a user: what a cursor belongs to.
#[derive(Debug, Clone, Copy)]
pub enum List<'a> {
    /// The threads.
    Threads,
    /// The messages of a thread.
    Messages(ThreadId),
    /// What a search finds.
    Search(&'a SearchQuery),
}

/// The error for a text that is not a cursor of this caller and this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("does not belong to this list")]
pub struct InvalidCursor;

const CHECKSUM_BYTES: usize = 16;

impl List<'_> {
    /// Checks a cursor without reading the list, which does the same check first.
    ///
    /// # Errors
    /// The text is not a cursor of this user and this list.
    pub fn check_cursor(self, cursor: &str, user: &ClerkUserId) -> Result<(), InvalidCursor> {
        match self {
            Self::Threads | Self::Messages(_) => parse_cursor::<1>(cursor, user, self).map(drop),
            Self::Search(_) => parse_cursor::<2>(cursor, user, self).map(drop),
        }
    }
}

/// Returns a cursor: the ids of the last row that was read, and a checksum of the user, the list and the ids. The
/// checksum only detects mistakes. It is not a secret, because a forged cursor can still only read the caller's own
/// partition.
pub(crate) fn cursor<const N: usize>(user: &ClerkUserId, list: List<'_>, last: [Uuid; N]) -> String {
    let checksum = checksum(user, list, &last);
    BASE64_URL_SAFE_NO_PAD.encode([last.map(Uuid::into_bytes).as_flattened(), &checksum].concat())
}

pub(crate) fn parse_cursor<const N: usize>(
    text: &str,
    user: &ClerkUserId,
    list: List<'_>,
) -> Result<[Uuid; N], InvalidCursor> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
    let (ids, found) = bytes.split_at_checked(N * size_of::<Uuid>()).ok_or(InvalidCursor)?;
    let (ids, _) = ids.as_chunks();
    let last = std::array::from_fn(|n| ids.get(n).copied().map(Uuid::from_bytes).unwrap_or_default());
    (found == checksum(user, list, &last)).then_some(last).ok_or(InvalidCursor)
}

fn checksum(user: &ClerkUserId, list: List<'_>, last: &[Uuid]) -> [u8; CHECKSUM_BYTES] {
    let list = match list {
        List::Threads => "threads".to_owned(),
        List::Messages(thread) => format!("messages#{thread}"),
        List::Search(SearchQuery { q, kind }) => {
            format!("search#{}#{}", kind.map_or("", SearchKind::as_str), q.as_str())
        }
    };
    let mut digest = Sha256::new().chain_update(format!("{user}#{list}#"));
    for id in last {
        digest.update(id);
    }
    let mut checksum = [0; CHECKSUM_BYTES];
    checksum.copy_from_slice(&digest.finalize()[..CHECKSUM_BYTES]);
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

    fn search(q: &str, kind: Option<SearchKind>) -> SearchQuery {
        SearchQuery { q: q.to_owned().try_into().unwrap(), kind }
    }

    #[test]
    fn a_cursor_belongs_to_one_caller_and_one_list() {
        let [ada, bob] = ["user_ada", "user_bob"].map(|id| ClerkUserId::parse(id).unwrap());
        let [one, two] = [ThreadId::generate(), ThreadId::generate()];
        let last = [Uuid::now_v7()];
        let text = cursor(&ada, List::Messages(one), last);
        assert_eq!(parse_cursor(&text, &ada, List::Messages(one)), Ok(last));
        assert_eq!(parse_cursor::<1>(&text, &bob, List::Messages(one)), Err(InvalidCursor));
        assert_eq!(parse_cursor::<1>(&text, &ada, List::Messages(two)), Err(InvalidCursor));
        assert_eq!(parse_cursor::<1>(&text, &ada, List::Threads), Err(InvalidCursor));
        assert_eq!(parse_cursor::<2>(&text, &ada, List::Messages(one)), Err(InvalidCursor));
        for length in 0..text.len() {
            assert_eq!(parse_cursor::<1>(&text[..length], &ada, List::Messages(one)), Err(InvalidCursor));
        }
        assert_eq!(parse_cursor::<1>(&format!("{text}A"), &ada, List::Messages(one)), Err(InvalidCursor));
    }

    #[test]
    fn a_cursor_of_a_search_belongs_to_its_words_and_kind() {
        let ada = ClerkUserId::parse("user_ada").unwrap();
        let last = [Uuid::now_v7(), Uuid::max()];
        let query = search("one", None);
        let text = cursor(&ada, List::Search(&query), last);
        assert_eq!(parse_cursor(&text, &ada, List::Search(&query)), Ok(last));
        assert_eq!(List::Search(&query).check_cursor(&text, &ada), Ok(()));
        for other in [search("One", None), search("one#", None), search("one", Some(SearchKind::Thread))] {
            assert_eq!(List::Search(&other).check_cursor(&text, &ada), Err(InvalidCursor), "{other:?}");
        }
        assert_eq!(List::Threads.check_cursor(&text, &ada), Err(InvalidCursor));
    }
}
